using System.CommandLine;
using System.Globalization;
using ChainExec.Indexing;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec chain status</c>: heads, lag, progress of reading final blocks, providers, reorgs.</summary>
internal static class ChainStatusCommand
{
    private const int ReorgsShown = 10;

    public static Command Create()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command(
            "status", "Shows each configured chain: head, indexed, safe and final block, lag, progress with rate, providers, reorgs.")
        {
            json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            IndexingQueries index = engine.Get<IndexingQueries>();
            var shown = new List<(ChainStatus Status, IReadOnlyList<ReorgRecord> Reorgs)>();
            foreach (ChainStatus status in await index.ChainsAsync(token))
                shown.Add((status, await index.ReorgsAsync(status.Chain, ReorgsShown, token)));
            if (result.GetValue(json))
                Output.WriteJson(shown.Select(chain => Json(chain.Status, chain.Reorgs)));
            else
                shown.ForEach(chain => Write(chain.Status, chain.Reorgs));
            return 0;
        });
        return command;
    }

    private static object Json(ChainStatus status, IReadOnlyList<ReorgRecord> reorgs) => new
    {
        status.Chain,
        status.Name,
        status.Head,
        status.HeadSeenAt,
        Indexed = status.Indexed?.Number,
        IndexedHash = status.Indexed?.Hash.ToString(),
        status.Safe,
        Final = status.Final?.Number,
        FinalHash = status.Final?.Hash.ToString(),
        status.LagBlocks,
        LagSeconds = (long?)status.Lag?.TotalSeconds,
        status.HaltedAt,
        status.HaltReason,
        Backfill = status.Backfill is { } fill
            ? new
            {
                fill.Target, fill.RemainingBlocks, fill.BlocksPerSecond, fill.EventsPerSecond, EtaSeconds = (long?)fill.Eta?.TotalSeconds,
            }
            : null,
        status.Providers,
        Reorgs = reorgs.Select(reorg => new
        {
            From = reorg.From.Number, Ancestor = reorg.Ancestor?.Number, reorg.Depth, reorg.Transactions, reorg.At,
        }),
    };

    private static void Write(ChainStatus status, IReadOnlyList<ReorgRecord> reorgs)
    {
        Console.Out.WriteLine(
            $"chain {status.Chain} ({status.Name}): head {Text(status.Head)}, indexed {Text(status.Indexed?.Number)}, "
            + $"safe {Text(status.Safe)}, final {Text(status.Final?.Number)}; lag {Text(status.LagBlocks)} blocks, "
            + $"{Text(status.Lag is { } lag ? (long)lag.TotalSeconds : null)} s");
        if (status.HaltedAt is { } halted)
            Console.Out.WriteLine($"  HALTED since {halted:u}: {status.HaltReason} (docs/runbooks/chain-halted.md)");
        if (status.Backfill is { } fill)
            Console.Out.WriteLine(
                $"  reading final blocks up to {fill.Target}: {fill.RemainingBlocks} to go, {Text(fill.BlocksPerSecond)} blocks/s, "
                + $"{Text(fill.EventsPerSecond)} events/s, "
                + $"{(fill.Eta is { } eta ? $"about {eta:d\\.hh\\:mm\\:ss} left" : "time unknown")}");
        foreach (ProviderStatus provider in status.Providers)
            Console.Out.WriteLine(
                $"  {provider.Name}: {provider.State}{(provider.IsWell == false ? ", left out for failing" : "")}, "
                + $"head {Text(provider.Head)}, "
                + $"{Text(provider.BlockRange)} blocks a question, {Text(provider.BatchSize)} calls a batch, "
                + $"{(provider.RequestsPerSecond is { } rate ? $"{rate} requests/s" : "no rate limit met")}; seen {provider.SeenAt:u}"
                + (provider.Detail is { } detail ? $": {detail}" : ""));
        foreach (ReorgRecord reorg in reorgs)
            Console.Out.WriteLine(
                $"  reorg {reorg.At:u}: from {reorg.From.Number} back to {Text(reorg.Ancestor?.Number)}, {reorg.Depth} blocks, "
                + $"{reorg.Transactions} transactions of ours");
    }

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
