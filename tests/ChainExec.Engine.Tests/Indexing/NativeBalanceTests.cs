using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>What contracts pay has no transaction that the index sees: a balance at a final block shows it.</summary>
public sealed class NativeBalanceTests : IAsyncLifetime
{
    // What the scripted node's transactions cost and its balances leave out.
    private const long Fee = (long)ScriptedNode.GasUsed * 1_000_000_000;

    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);

    private ScriptedNode _node = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled);
        _index = await IndexHarness.CreateAsync(
            _node.Uri,
            new HarnessOptions
            {
                NativeCheckInterval = TimeSpan.FromMilliseconds(1),
                Services = services => services.AddFactConsumer<NativeBalanceIncidents>(),
            },
            Cancelled);
        await _index.ListAsync("eth", contract: null, Cancelled);
        await _index.RegisterAccountAsync(Ours, Cancelled);
        await _index.RegisterAccountAsync(A.Address(5), Cancelled);
        // Accounts count from the first block on that was indexed well after they came.
        await _index.ExecuteAsync("update storage.clock_offset set shift = shift + interval '1 hour'", Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-500)]
    public async Task Difference_between_a_balance_and_what_was_indexed_is_told_once(int unseen)
    {
        await FinalAsync(A.Payment(Outside, Ours, BigInteger.Pow(10, 18)));
        _node.Lie = (method, parameters, honest) => method == "eth_getBalance" && parameters[0]!.GetValue<string>() == Ours.ToHex()
            ? Quantity(Number(honest!) + unseen - (2 * Fee))
            : honest;
        await FinalAsync(
            A.Payment(Outside, Ours, 9), A.Payment(Ours, Outside, 3) with { Nonce = 0 },
            A.Payment(Ours, Outside, 4) with { Nonce = 1, Succeeded = false });
        await FinalAsync(A.Payment(Outside, Ours, 2));

        Assert.Equal(
            unseen == 0 ? [] : [$"{unseen}"],
            await _index.LinesAsync("select difference from indexing.v_native_difference order by id", Cancelled));
        Assert.Equal(
            unseen == 0 ? [] : [$"{NativeBalanceIncidents.Differs} {IndexHarness.Chain}:{Ours}"],
            await _index.LinesAsync("select kind, subject from execution.incident where closed_at is null", Cancelled));
    }

    [Fact]
    public async Task Account_that_came_after_the_final_block_is_not_compared_yet()
    {
        await FinalAsync(A.Payment(Outside, Ours, 5));
        await _index.RegisterAccountAsync(A.Address(9), Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(2, await _index.CountAsync("select count(*) from indexing.v_native_balance", Cancelled));
    }

    [Fact]
    public async Task Balances_that_providers_do_not_tell_are_compared_when_they_do()
    {
        _node.Lie = (method, _, honest) => method == "eth_getBalance" ? JsonValue.Create("no quantity") : honest;
        await FinalAsync(A.Payment(Outside, Ours, 5));
        long before = await _index.CountAsync("select count(*) from indexing.v_native_balance", Cancelled);
        _node.Lie = null;
        await _index.SettleAsync(Cancelled);

        Assert.Equal(0, before);
        Assert.Equal(["5"], await _index.LinesAsync("select balance from indexing.v_native_balance where balance > 0", Cancelled));
    }

    // The block with the payments is the one at which balances are read. A walk that comes to its end begins anew at the next turn.
    private async Task FinalAsync(params IReadOnlyList<ScriptedTransaction> transactions)
    {
        _node.Mine(transactions);
        _node.Finalized = _node.Head.Number;
        for (int turn = 0; turn < 3; turn++)
            await _index.SettleAsync(Cancelled);
    }

    private static BigInteger Number(JsonNode quantity) =>
        BigInteger.Parse("0" + quantity.GetValue<string>()[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static JsonValue Quantity(BigInteger value) =>
        JsonValue.Create("0x" + value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0'))!;
}
