using ChainExec.Benchmarks.Execution;
using ChainExec.Benchmarks.Running;

return args is ["execution", .. string[] parts] ? await ExecutionProgram.RunAsync(parts) : BenchmarkProgram.Run(args);
