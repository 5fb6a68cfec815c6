using ChainExec.Benchmarks.Indexing;
using ChainExec.Benchmarks.Running;

return args switch
{
    ["indexing", .. var shape] => await IndexingBenchmark.RunAsync(shape),
    ["--serve-chain", .. var shape] => await ScriptedRpcServer.RunAsync(shape),
    _ => BenchmarkProgram.Run(args),
};
