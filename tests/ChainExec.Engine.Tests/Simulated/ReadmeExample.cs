using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>The example of the TestKit's README, which compiles and runs, and is the very text.</summary>
public sealed class ReadmeExample
{
    private const string Begin = "        // readme: begin";
    private const string End = "        // readme: end";

    [Fact]
    public async Task Example_runs()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;

        // readme: begin
        var clock = new ManualClock();
        using var chain = new SimulatedChain(clock);
        ProviderView near = chain.AddView("near");
        ProviderView late = chain.AddView("late");
        SimulatedToken dollar = chain.DeployToken("USD", 6);
        Wallet alice = chain.CreateWallet("alice", Wei.Ether(1));
        Address shop = Address.Parse("0x00000000000000000000000000000000005709e5");
        dollar.Mint(alice.Address, 500);

        // Any JSON-RPC client: the handler leads it to the provider that its address names.
        using var http = new HttpMessageInvoker(chain.CreateHandler());
        var client = new RpcClient(near.Name, near.Uri, http, new RpcClientOptions(), clock);
        SimulatedTransaction payment = alice.PayToken(dollar.Address, shop, 300);
        await client.SendRawTransactionAsync(payment.Raw, cancellationToken);
        chain.Mine();

        // A provider that does not know what the other has shown.
        late.FailAlways(Fault.Null, "eth_getTransactionReceipt");
        var other = new RpcClient(late.Name, late.Uri, http, new RpcClientOptions(), clock);
        Assert.True((await client.GetTransactionReceiptAsync(payment.Hash, cancellationToken))!.Status);
        Assert.Null(await other.GetTransactionReceiptAsync(payment.Hash, cancellationToken));

        // The block is orphaned; the payment goes back to the pool, and a later block has it again. It happened once.
        chain.Reorg(depth: 1);
        chain.Mine();
        Assert.Equal((UInt256)300, dollar.BalanceOf(shop));
        Assert.Equal(payment.Hash, Assert.Single(chain.CanonicalTransfers, move => move.To == shop).Transaction);
        // readme: end
    }

    [Fact]
    public async Task Page_shows_what_runs()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string page = await File.ReadAllTextAsync(RepositoryRoot.Combine("tests", "ChainExec.TestKit", "README.md"), token);
        string[] source = await File.ReadAllLinesAsync(
            RepositoryRoot.Combine("tests", "ChainExec.Engine.Tests", "Simulated", "ReadmeExample.cs"), token);

        IEnumerable<string> runs = source.SkipWhile(line => line != Begin).Skip(1).TakeWhile(line => line != End)
            .Select(line => line.Length == 0 ? line : line[8..]);
        string[] shown = page.ReplaceLineEndings("\n").Split("```csharp\n")[1].Split("```")[0].TrimEnd('\n').Split('\n');

        Assert.Equal(runs, shown);
    }
}
