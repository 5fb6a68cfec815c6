using ChainExec.Benchmarks.Execution;
using ChainExec.Benchmarks.Ledger;
using ChainExec.Benchmarks.Running;

return args switch
{
    ["execution", .. string[] parts] => await ExecutionProgram.RunAsync(parts),
    ["ledger", ..] => await LedgerBenchmark.RunAsync(args.Contains("--large")),
    _ => BenchmarkProgram.Run(args),
};
