using ChainExec.Benchmarks.Execution;
using ChainExec.Benchmarks.Ledger;
using ChainExec.Benchmarks.Indexing;
using ChainExec.Benchmarks.Running;

return args switch
{
    ["execution", .. string[] parts] => await ExecutionProgram.RunAsync(parts),
    ["ledger", ..] => await LedgerBenchmark.RunAsync(args.Contains("--large")),
    ["indexing", "restart", .. string[] blocks] => await RestartBenchmark.RunAsync(blocks),
    ["indexing", "warm", .. string[] shape] => await WarmBenchmark.RunAsync(shape),
    ["indexing", .. string[] shape] => await IndexingBenchmark.RunAsync(shape),
    ["--serve-chain", .. string[] shape] => await ScriptedRpcServer.RunAsync(shape),
    _ => BenchmarkProgram.Run(args),
};
