using System.IO.Compression;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using ChainExec.Attribution;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>Operations of ours that strangers carry, by real bundles and Safe transactions that were recorded.</summary>
public sealed class StrangersBundleTests : IAsyncLifetime
{
    private static readonly Guid Intent = new(3, 0, 0, new byte[8]);

    private readonly ProcessorBench _bench = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _bench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("v07-bundle3-identical", 1)]
    [InlineData("v06-batch2", 0)]
    [InlineData("safe-plain-multisend3", 0)]
    public async Task Operation_of_ours_in_a_transaction_of_a_stranger_is_ours(string name, int place)
    {
        (ScriptedTransaction carrier, AttributedOperation ours, Hash32 hash) = await PrepareAsync(name, place);
        await _bench.Index.UnitOfWork.RunAsync(
            (session, token) => OwnOperations.RegisterAsync(session, IndexHarness.Chain, ours.Contract, hash, Intent, token), Cancelled);
        _bench.Node.Mine(carrier);
        await _bench.FinalizeAsync();

        Assert.Equal(
            [.. Enumerable.Range(0, ours.Calls.Count).Select(call => $"{place} {call} True")],
            await _bench.Index.LinesAsync(
                "select operation, call_index, succeeded from attribution.v_call_result where call_id is not null order by ordinal",
                Cancelled));
        Assert.Equal(
            ours.Calls.Count,
            await _bench.Index.CountAsync("select count(*) from facts.v_stream where type = 'attribution.call_confirmed'", Cancelled));
    }

    [Fact]
    public async Task Event_of_another_contract_with_our_hash_is_nothing()
    {
        (ScriptedTransaction carrier, _, Hash32 hash) = await PrepareAsync("v06-batch2", 0);
        await _bench.Index.UnitOfWork.RunAsync(
            (session, token) => OwnOperations.RegisterAsync(session, IndexHarness.Chain, A.Address(77), hash, Intent, token), Cancelled);
        _bench.Node.Mine(carrier);
        await _bench.FinalizeAsync();

        Assert.Equal(
            ["not_needed"], await _bench.Index.LinesAsync("select state from attribution.v_transaction", Cancelled));
    }

    // The account of the operation is ours, and so are its calls; the transaction is another's.
    private async Task<(ScriptedTransaction Carrier, AttributedOperation Ours, Hash32 Hash)> PrepareAsync(string name, int place)
    {
        JsonNode recording = Recording(name);
        RpcReceipt receipt = RpcDocument.Receipt(Encoding.UTF8.GetBytes(recording["receipt"]!.ToJsonString()));
        TransactionAttribution found = TransactionAttribution.Of(
            receipt, RpcDocument.Trace(Encoding.UTF8.GetBytes(recording["trace"]!.ToJsonString())), BatchTable.Shipped);
        AttributedOperation ours = found.Operations[place];
        await _bench.Index.RegisterAccountAsync(ours.Account, Cancelled);
        foreach (Address token in receipt.Logs.Where(log => log.Topics is [_, _, _]).Select(log => log.Address).Distinct())
            await _bench.Index.ListAsync($"t{token.ToHex()[2..10]}", token, Cancelled);
        await _bench.Index.SentAsync(
            Keccak256.Hash("never sent"u8), ours.Account,
            [
                .. ours.Calls.Select(call => new SentCall(
                    call.To!.Value, BigInteger.Parse(call.Value.ToString(), null), call.Data.ToArray(), [], "payment") { Intent = Intent }),
            ],
            Cancelled);
        var carrier = new ScriptedTransaction(
            receipt.From, receipt.To, BigInteger.Zero, Nonce: 0, Succeeded: true,
            [.. receipt.Logs.Select(log => new ScriptedLog(log.Address, log.Topics, log.Data.ToArray()))])
        {
            Input = Hex.Decode(recording["trace"]!["input"]!.GetValue<string>()),
        };
        _bench.Node.Trace = _ => recording["trace"];
        Hash32 hash = ours.UserOpHash ?? receipt.Logs.Single(log => log.Address == ours.Contract && log.Topics.Count == 2).Topics[1];
        return (carrier, ours, hash);
    }

    private static JsonNode Recording(string name)
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "recordings.jsonl.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.Contains($"\"name\":\"{name}\"", StringComparison.Ordinal))
                return JsonNode.Parse(line)!;
        }

        throw new InvalidOperationException($"No recording is called {name}.");
    }
}
