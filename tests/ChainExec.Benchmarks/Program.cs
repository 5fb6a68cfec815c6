using ChainExec.Benchmarks.Ledger;
using ChainExec.Benchmarks.Running;

return args is ["ledger", ..] ? await LedgerBenchmark.RunAsync(args.Contains("--large")) : BenchmarkProgram.Run(args);
