using System.Text.RegularExpressions;
using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>The guide's examples are code that is compiled and does what the guide says.</summary>
public sealed class ProcessorGuideTests : IAsyncLifetime
{
    private readonly ProcessorBench _bench = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _bench.StartAsync(Add);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Examples_of_the_guide_are_the_compiled_ones()
    {
        string guide = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "guide", "processors.md"), Cancelled);
        string source = Plain(await File.ReadAllTextAsync(
            RepositoryRoot.Combine("tests", "ChainExec.Engine.Tests", "Attribution", "GuideProcessors.cs"), Cancelled));
        IReadOnlyList<string> examples =
        [
            .. Regex.Matches(guide, "```csharp\n(?<code>.*?)```", RegexOptions.Singleline)
                .Select(match => Plain(match.Groups["code"].Value))
                .Where(code => code.Contains("class", StringComparison.Ordinal)),
        ];

        Assert.Equal(3, examples.Count);
        Assert.All(examples, example => Assert.Contains(example, source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fee_of_a_batch_is_a_record_of_its_invoice_and_at_finality_a_fact()
    {
        ScriptedTransaction run = await _bench.SendAsync(
            _bench.Transfer(ProcessorBench.Vendor, 500), _bench.Transfer(ProcessorBench.House, 110));
        _bench.Node.Mine(run);
        await _bench.Index.SettleAsync(Cancelled);
        IReadOnlyList<string> tentative = await _bench.RecordsAsync("billing.fees");
        IReadOnlyList<string> toldBefore = await FactsAsync();
        await _bench.FinalizeAsync();

        Assert.Equal(["1 fee_collected included"], tentative);
        Assert.Empty(toldBefore);
        Assert.Equal(["1 fee_collected confirmed"], await _bench.RecordsAsync("billing.fees"));
        Assert.Equal([$"tusd 110 {SentCall.Owner}"], await FactsAsync());
    }

    [Fact]
    public async Task Vault_is_believed_once_its_factory_named_it()
    {
        (Address vault, Address other) = (A.Address(20), A.Address(21));
        var created = new ScriptedLog(
            VaultDeposits.Factory, [VaultFactory.VaultCreatedEvent.Topic0, A.Topic(vault), A.Topic(ProcessorBench.Token)], []);
        _bench.Node.Mine(_bench.OfOurs(Deposit(vault, 1)));
        _bench.Node.Mine(_bench.OfOurs(created, Deposit(vault, 2), Deposit(other, 3)));
        _bench.Node.Mine(_bench.OfOurs(Deposit(vault, 4)));
        await _bench.FinalizeAsync();

        Assert.Equal(
            ["2", "4"],
            await _bench.Index.LinesAsync(
                "select body->>'assets' from attribution.v_record where processor = 'vaults.deposits' order by id", Cancelled));
    }

    [Fact]
    public async Task Transaction_processor_reads_what_others_made()
    {
        ScriptedTransaction run = await _bench.SendAsync(
            _bench.Transfer(ProcessorBench.Vendor, 500), _bench.Transfer(ProcessorBench.Vendor, 7),
            _bench.Transfer(ProcessorBench.House, 110));
        _bench.Node.Mine(run);
        await _bench.FinalizeAsync();

        Assert.Equal(
            ["3 3 2"],
            await _bench.Index.LinesAsync(
                """
                select body->>'calls', body->>'succeeded', body->>'payments' from attribution.v_record where processor = 'payroll.runs'
                """,
                Cancelled));
    }

    private static void Add(IServiceCollection services) => services
        .AddLogProcessor<FeesCollected, Erc20.TransferEvent>()
        .AddLogProcessor<VaultDeposits, Erc4626.DepositEvent>()
        .AddTransactionProcessor<PayRuns>();

    private static ScriptedLog Deposit(Address vault, int assets) => new(
        vault, [Erc4626.DepositEvent.Topic0, A.Topic(ProcessorBench.Ours), A.Topic(ProcessorBench.Ours)],
        [.. A.Word(assets), .. A.Word(assets)]);

    private static string Plain(string code) => Regex.Replace(code, @"\s+", " ").Trim();

    private Task<IReadOnlyList<string>> FactsAsync() => _bench.Index.LinesAsync(
        "select payload->>'asset', payload->>'amount', owner_id from facts.v_stream where type = 'billing.fee_collected'", Cancelled);
}
