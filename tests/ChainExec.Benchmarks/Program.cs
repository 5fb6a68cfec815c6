using ChainExec.Benchmarks.Running;

return BenchmarkProgram.Run(args);
