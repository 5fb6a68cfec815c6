using System.Text.Json.Nodes;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Storage;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>
/// The index under what chains and providers do to it, compared row by row with what the simulated chain holds in the end. A few seeds in
/// every run, 200 with CHAINEXEC_TEST_FULL=1; a failure names its seed.
/// </summary>
public sealed class IndexCampaignTests
{
    private const int Steps = 40;
    private const int ReorgsOfCascade = 3;
    private static readonly string[] Boundaries = [Boundary.BlockOpen, Boundary.BlockCommitted];

    // As providers word it; the index reads the range in smaller pieces.
    private static readonly Fault[] RangeErrors =
    [
        Fault.Error(-32005, "query returned more than 10000 results"),
        Fault.Error(-32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range"),
        Fault.Error(-32600, "exceed maximum block range: 5"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1" ? 200 : 3)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Tables_are_those_of_the_chain_whatever_providers_forks_and_crashes_did(int seed)
    {
        var random = new Random(seed);
        using var sim = new SimulationHarness();
        var run = await Run.StartAsync(sim, new HarnessOptions
        {
            Quorum = 2, BackfillFrom = 10, BackfillSpanMax = 8,
            Settings = new Dictionary<string, string?> { ["Indexing:QuarantineDuration"] = "00:00:00" },
        });
        await using (run)
        {
            for (int step = 0; step < Steps; step++)
                await StepAsync(run, random);
            await run.EndAsync();
            await run.AssertTablesAsync($"seed {seed}");
        }
    }

    [Fact]
    public async Task Reorgs_of_400_blocks_one_within_another_end_in_the_tables_of_the_chain()
    {
        var random = new Random(20261126);
        using var sim = new SimulationHarness(new SimulatedChainOptions { FinalityDepth = 1000, SafeDepth = 900 });
        var run = await Run.StartAsync(sim, new HarnessOptions { Quorum = 2, BlocksPerTurnMax = 128, BlocksPerMoveMax = 128 });
        await using (run)
        {
            for (int block = 0; block < 420; block++)
                run.Mine(block % 10 == 0 ? random : null);
            await run.Index.SettleAsync(Token);
            for (int reorg = 0; reorg < ReorgsOfCascade; reorg++)
            {
                sim.Chain.Reorg(new ReorgPlan { Depth = 400 - (20 * reorg), Fate = _ => Fate(random) });
                // The next reorg comes while this one is being followed.
                await run.Index.Follower.RunTurnAsync(Token);
                await run.Index.Follower.RunTurnAsync(Token);
            }

            await run.EndAsync();
            await run.AssertTablesAsync("400 deep");
        }
    }

    private static async Task StepAsync(Run run, Random random)
    {
        SimulatedChain chain = run.Sim.Chain;
        ProviderView view = chain.Views[random.Next(chain.Views.Count)];
        switch (random.Next(12))
        {
            case 0:
                int deepest = (int)Math.Min(11, chain.Head.Number - chain.FinalizedHeight);
                if (deepest > 1)
                    chain.Reorg(new ReorgPlan { Depth = random.Next(1, deepest), Fate = _ => Fate(random) });
                break;
            case 1:
                foreach (ProviderView healed in chain.Views)
                    healed.Heal();
                break;
            case 2:
                // One provider at a time goes astray: the quorum is two of three.
                foreach (ProviderView healed in chain.Views)
                    healed.Heal();
                Astray(view, chain, random);
                break;
            case 3:
                await run.CrashAsync(Boundaries[random.Next(Boundaries.Length)], random.Next(1, 4));
                break;
            case 4:
                // The process was not there for a while.
                for (int block = random.Next(15, 30); block > 0; block--)
                    run.Mine(random);
                await run.Index.IndexAsync(Token);
                break;
            case < 8:
                await run.Index.IndexAsync(Token);
                break;
            default:
                run.Mine(random);
                break;
        }
    }

    private static OrphanFate Fate(Random random) =>
        random.Next(4) switch { 0 => OrphanFate.Vanishes, 1 => OrphanFate.ReturnsToPool, _ => OrphanFate.IncludedAgain };

    private static void Astray(ProviderView view, SimulatedChain chain, Random random)
    {
        switch (random.Next(8))
        {
            case 0: view.Lag = (ulong)random.Next(1, 6); break;
            case 1: view.IsDown = true; break;
            case 2: view.FailSometimes(random, 300, Fault.Reset); break;
            case 3: view.FailSometimes(random, 300, Fault.Status(502)); break;
            case 4: view.FailSometimes(random, 300, Fault.Null, "eth_getBlockReceipts", "eth_getBlockByHash"); break;
            case 5: view.FailAlways(RangeErrors[random.Next(RangeErrors.Length)], "eth_getLogs"); break;
            case 6: view.FailAlways(Fault.Lie("no logs", _ => new JsonArray()), "eth_getLogs"); break;
            default: view.Serve(chain.BuildFork(depth: (int)Math.Min(3, chain.Head.Number), length: 6)); break;
        }
    }

    /// <summary>A chain with three providers, the index on it, and what the tables must hold in the end.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly SimulatedToken _usd;
        private readonly SimulatedChainServer _server;
        private readonly HarnessOptions _options;
        private readonly List<IndexHarness> _others = [];
        private readonly IndexHarness _first;

        private Run(SimulationHarness sim, SimulatedToken usd, SimulatedChainServer server, IndexHarness first, HarnessOptions options)
        {
            (Sim, _usd, _server, _first, _options) = (sim, usd, server, first, options);
            Index = first;
        }

        public SimulationHarness Sim { get; }

        /// <summary>The process that indexes now.</summary>
        public IndexHarness Index { get; private set; }

        private Address Ours => Sim.Alice.Address;

        public static async Task<Run> StartAsync(SimulationHarness sim, HarnessOptions options)
        {
            SimulatedToken usd = sim.Chain.DeployToken("USD", 6);
            usd.Mint(sim.Alice.Address, 1_000_000);
            usd.Mint(sim.Bob.Address, 1_000_000);
            sim.Chain.AddView("beta");
            sim.Chain.AddView("gamma");
            SimulatedChainServer server = await SimulatedChainServer.StartAsync(sim.Chain, Token);
            IndexHarness index = await IndexHarness.CreateAsync([.. server.Addresses.Values], options, Token);
            await index.RegisterAccountAsync(sim.Alice.Address, Token);
            await index.ListAsync("usd", usd.Address, Token);
            await index.ListAsync("eth", contract: null, Token);
            return new Run(sim, usd, server, index, options);
        }

        /// <summary>A block with some transfers, ours and others.</summary>
        public void Mine(Random? random)
        {
            if (random is not null)
            {
                SimulatedTransaction sent = random.Next(6) switch
                {
                    0 => Sim.Alice.PayToken(_usd.Address, SimulationHarness.Shop, 1),
                    1 => Sim.Bob.PayToken(_usd.Address, Ours, 2),
                    2 => Sim.Bob.Pay(Ours, 3),
                    3 => Sim.Alice.Pay(SimulationHarness.Shop, 4),
                    4 => Sim.Alice.PayToken(_usd.Address, SimulationHarness.Shop, 9_000_000),
                    _ => Sim.Bob.PayToken(_usd.Address, SimulationHarness.Shop, 5),
                };
                Sim.Chain.Submit(sent);
            }

            Sim.Chain.Mine();
        }

        /// <summary>The process ends at a boundary, if it comes there, and another one goes on.</summary>
        public async Task CrashAsync(string boundary, int time)
        {
            int passed = 0;
            using (Boundary.Observe(name =>
            {
                if (name == boundary && ++passed == time)
                    throw new CrashException();
            }))
            {
                try
                {
                    await Index.IndexAsync(Token);
                }
                catch (CrashException)
                {
                    // As wanted.
                }
            }

            await Index.Follower.DisposeAsync();
            Index = _first.Another([.. _server.Addresses.Values], _options);
            _others.Add(Index);
        }

        /// <summary>Everybody is honest again, and the index comes to rest at the head.</summary>
        public async Task EndAsync()
        {
            foreach (ProviderView view in Sim.Chain.Views)
                view.Heal();
            Sim.Chain.Mine(3);
            await Eventually.TrueAsync(
                async () =>
                {
                    await Index.SettleAsync(Token);
                    return (await Index.StatusAsync(Token)).Indexed?.Hash == Sim.Chain.Head.Hash;
                },
                TimeSpan.FromSeconds(60), "the index is at the head", Token);
        }

        public async Task AssertTablesAsync(string which)
        {
            var transactions = new List<string>();
            var logs = new List<string>();
            var movements = new List<string>();
            foreach (SimulatedBlock block in Sim.Chain.Blocks)
            {
                string phase = block.Number <= Sim.Chain.FinalizedHeight ? "final" : "canonical";
                int logIndex = 0;
                foreach (SimulatedReceipt receipt in block.Receipts)
                {
                    bool isOurs = receipt.Transaction.From == Ours || receipt.Moves.Any(move => move.From == Ours || move.To == Ours);
                    string hash = Hexed(receipt.Transaction.Hash);
                    if (isOurs)
                        transactions.Add($"{hash} {Hexed(block.Hash)} {block.Number} {receipt.Succeeded} {phase}");
                    foreach (SimulatedLog log in receipt.Logs)
                    {
                        if (isOurs)
                            logs.Add($"{Hexed(block.Hash)} {logIndex} {hash} {log.Contract.ToHex()[2..]} {log.Topics.Count}");
                        logIndex++;
                    }

                    if (isOurs)
                        movements.AddRange(receipt.Moves.Where(move => !move.Amount.IsZero).Select(move =>
                            $"{hash} {(move.Token is null ? "native" : "token")} {move.Amount} "
                            + (phase == "final" ? "confirmed" : "included")));
                }
            }

            await SameAsync(
                transactions, "select encode(tx_hash, 'hex'), encode(block_hash, 'hex'), block_number, succeeded, status "
                + "from indexing.v_transaction where is_canonical");
            await SameAsync(
                logs, "select encode(block_hash, 'hex'), log_index, encode(tx_hash, 'hex'), encode(address, 'hex'), cardinality(topics) "
                + "from indexing.v_log where is_canonical");
            await SameAsync(
                movements, "select encode(tx_hash, 'hex'), kind, amount, phase from attribution.v_movement "
                + "where kind in ('token', 'native') and phase <> 'orphaned'");
            Assert.Equal(0, await Index.CountAsync("select count(*) from facts.v_parked", Token));
            Assert.Equal((long)Sim.Chain.FinalizedHeight, (await Index.StatusAsync(Token)).Final!.Value.Number);

            async Task SameAsync(List<string> expected, string sql) => Assert.True(
                expected.Order(StringComparer.Ordinal).SequenceEqual((await Index.LinesAsync(sql, Token)).Order(StringComparer.Ordinal)),
                $"{which}: {sql}\nexpected\n{string.Join('\n', expected.Order(StringComparer.Ordinal))}\nactual\n"
                + string.Join('\n', (await Index.LinesAsync(sql, Token)).Order(StringComparer.Ordinal)));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (IndexHarness other in _others)
                await other.DisposeAsync();
            await _first.DisposeAsync();
            await _server.DisposeAsync();
        }

        private static string Hexed(Hash32 hash) => hash.ToString()[2..];
    }

    private sealed class CrashException : Exception;
}
