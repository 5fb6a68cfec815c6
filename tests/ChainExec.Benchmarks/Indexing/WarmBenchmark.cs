using System.Diagnostics;
using System.Globalization;
using ChainExec.Attribution;
using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Governance;
using ChainExec.Indexing;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Benchmarks.Indexing;

/// <summary>
/// <c>-- indexing warm [blocks transactions logs]</c>: processors over what is stored already: the shipped ones for the first time, then a
/// new one that makes a record of each transfer, and one that makes nothing, both from the beginning of the stream. No node is asked.
/// </summary>
internal static class WarmBenchmark
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        int[] numbers = [.. arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture))];
        ChainShape shape = numbers.Length == 3
            ? new ChainShape(numbers[0], numbers[1], numbers[2], 1000)
            : new ChainShape(300, 100, 1, 1000);
        using Process node = IndexingBenchmark.Serve(shape);
        var uri = new Uri((await node.StandardOutput.ReadLineAsync())!);
        try
        {
            await using PostgresDatabase database = await PostgresDatabase.CreateAsync(CancellationToken.None);
            await IndexingBenchmark.FillAsync(database, shape.Accounts);
            await using (ServiceProvider services = Services(database, uri))
            {
                var watch = Stopwatch.StartNew();
                BlockFollower follower = services.GetRequiredKeyedService<BlockFollower>(IndexingBenchmark.Chain);
                while (await IndexingBenchmark.CountAsync(
                    database, "select coalesce(max(tip_number), -1) from indexing.chain") < shape.Blocks - 1)
                    await follower.RunTurnAsync(CancellationToken.None);
                Console.WriteLine($"{shape.Blocks * shape.Transactions * shape.Logs} events read in {watch.Elapsed.TotalSeconds:0.0} s");
                // What attribution tells is put into order before processors are fed with it.
                IReadOnlyList<IWorker> workers = [.. services.GetServices<IWorker>()];
                IWorker sequencer = workers.Single(worker => worker is SequencerWorker);
                IWorker attribution = workers.Single(worker => worker.Name == "facts.consumer.attribution");
                foreach (IWorker worker in (IWorker[])[sequencer, attribution, sequencer, .. workers.Where(one => one is ProcessorWorker)])
                    await DrainAsync(worker.Name, worker, shape);
                await IndexingBenchmark.ExecuteAsync(database, "analyze");
            }

            foreach (bool records in (bool[])[true, false])
            {
                var processor = new Transfers($"bench.transfers_{(records ? "kept" : "seen")}", records);
                await using ServiceProvider services = Services(
                    database, uri, added => added.AddLogProcessor<Erc20.TransferEvent>(processor));
                IWorker worker = services.GetServices<IWorker>().Single(one => one.Name == "attribution.processors");
                await DrainAsync($"{processor.Name}, from the beginning", worker, shape);
                Console.WriteLine($"    it was given {processor.Count} logs");
            }

            return 0;
        }
        finally
        {
            node.StandardInput.Close();
            if (!node.WaitForExit(TimeSpan.FromSeconds(5)))
                node.Kill();
        }
    }

    private static async Task DrainAsync(string name, IWorker worker, ChainShape shape)
    {
        int turns = 0;
        double before = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
        var watch = Stopwatch.StartNew();
        while (await worker.RunTurnAsync(CancellationToken.None) > 0)
            turns++;
        long events = (long)shape.Blocks * shape.Transactions * shape.Logs;
        double own = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds - before;
        Console.WriteLine(
            $"{name}: {events / watch.Elapsed.TotalSeconds:0} events/s ({watch.Elapsed.TotalSeconds:0.0} s, {turns} turns, of each event "
            + $"{own * 1e6 / events:0} us of this process's processor time)");
    }

    private static ServiceProvider Services(PostgresDatabase database, Uri node, Action<IServiceCollection>? more = null) =>
        IndexingBenchmark.Services(database, node, (services, configuration) =>
        {
            services.AddAttribution(configuration).AddGovernance().AddSingleton<AccountStore>().AddSingleton<IncidentStore>();
            more?.Invoke(services);
        });

    private sealed class Transfers(string name, bool keeps) : ILogProcessor<Erc20.TransferEvent>
    {
        public string Name => name;

        public AddressSource Source { get; } = new AddressSource.ListedAssets();

        public int Count { get; private set; }

        public IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<Erc20.TransferEvent> log)
        {
            Count++;
            return keeps ? [new ProcessorRecord("transfer", new { Amount = log.Event.Value.ToString() })] : [];
        }
    }
}
