using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;
using ChainExec.Execution;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>How a nonce was consumed without a transaction of its account, as it is told to an operator.</summary>
public sealed class ConsumptionCauseTests
{
    private static readonly Address Code = Address.Parse("0x00000000000000000000000000000000000c0de5");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Authorization_is_found_with_the_transaction_that_carried_it()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await SentAndDroppedAsync(bench);
        using var key = PrivateKey.FromBytes(await bench.Signer.PrivateKeyBytesAsync(Token));
        SignedAuthorization signed = new Authorization((ulong)EngineBench.Chain, Code, 0).Sign(key);
        var authorization = new
        {
            chainId = Hex.EncodeQuantity((ulong)EngineBench.Chain), address = Code.ToHex(), nonce = "0x0",
            yParity = Hex.EncodeQuantity(signed.YParity), r = Hex.EncodeQuantity(signed.R), s = Hex.EncodeQuantity(signed.S),
        };
        JsonElement carrier = await bench.Node.RpcAsync(
            "eth_sendTransaction",
            [
                new
                {
                    from = AnvilNode.DevAccounts[3], to = AnvilNode.DevAccounts[4], gas = "0x30d40", type = "0x4",
                    authorizationList = new[] { authorization },
                },
            ],
            Token);

        await LostAsync(bench, payment);

        string hash = carrier.GetString()!;
        Assert.Equal("consumed_by_authorization", await ReasonAsync(bench));
        Assert.Contains(hash, await IncidentAsync(bench), StringComparison.Ordinal);
        Assert.Contains(Code.ToString(), await IncidentAsync(bench), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Contract_that_delegated_code_creates_is_found()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        IntentId payment = await SentAndDroppedAsync(bench);
        // PUSH0 PUSH0 PUSH0 CREATE STOP, run as the account's own code.
        await bench.Node.RpcAsync("anvil_setCode", [Code.ToHex(), "0x5f5f5ff000"], Token);
        await bench.Node.RpcAsync("anvil_setCode", [bench.Sender, $"0xef0100{Code.ToHex()[2..]}"], Token);
        await bench.Node.SendFromDevAsync(3, bench.Sender, 0, "0x", Token);

        await LostAsync(bench, payment);

        Assert.Equal("consumed_by_create", await ReasonAsync(bench));
        Assert.Contains(Code.ToString(), await IncidentAsync(bench), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_no_provider_can_tell_is_resolved_all_the_same()
    {
        await using SimulatedBench bench = await SimulatedBench.StartAsync(
            new Dictionary<string, string> { ["Execution:ClimbAfterBlocks"] = "1000" });
        IntentId payment = await bench.PayAsync();
        await bench.SettleAsync();
        foreach (SimulatedTransaction pending in bench.Chain.PendingTransactions)
            bench.Chain.DropEverywhere(pending.Hash);
        bench.Chain.ConsumeNonce(bench.Sender, null);
        // Nodes that keep no code of old blocks.
        foreach (ProviderView view in bench.Chain.Views)
            view.FailAlways(Fault.Error(-32000, "missing trie node"), "eth_getCode");
        await bench.MineAsync(8);

        Assert.Equal(("failed", "slot_lost"), ((await bench.ViewAsync(payment)).State, (await bench.ViewAsync(payment)).Reason));
        Assert.Contains(
            "How is not known", await bench.ScalarAsync<string>("select detail from execution.incident where kind = 'nonce_consumed'"),
            StringComparison.Ordinal);
    }

    private static async Task<IntentId> SentAndDroppedAsync(EngineBench bench)
    {
        IntentId payment = await bench.PayAsync(1_000_000);
        await bench.SettleAsync();
        await bench.Node.RpcAsync("anvil_dropAllTransactions", [], Token);
        return payment;
    }

    // Blocks pass, and the account is asked about at each final one.
    private static async Task LostAsync(EngineBench bench, IntentId payment)
    {
        await bench.Node.MineAsync(1, Token);
        await bench.RunUntilAsync(payment, "failed");
    }

    private static Task<string> ReasonAsync(EngineBench bench) => bench.ScalarAsync<string>("""
        select reason from execution.history where machine = 'slot' and event = 'consumed_without_transaction'
        """);

    private static Task<string> IncidentAsync(EngineBench bench) =>
        bench.ScalarAsync<string>("select detail from execution.incident where kind = 'nonce_consumed'");
}
