using ChainExec.Attribution;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>A transaction as its owners read it: everybody the same frames and logs, each the meaning of its own calls only.</summary>
public sealed class TransactionTreeTests : IAsyncLifetime
{
    private static readonly Guid Alice = new(21, 0, 0, new byte[8]);
    private static readonly Guid Bob = new(22, 0, 0, new byte[8]);

    private readonly ProcessorBench _bench = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _bench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Batch_of_two_owners_tells_each_what_its_own_call_means()
    {
        ScriptedTransaction batch = await SendAsync();
        _bench.Node.Mine(batch);
        await _bench.FinalizeAsync();

        TransactionTree alices = Assert.Single(await FindAsync(batch, Alice));
        TransactionTree bobs = Assert.Single(await FindAsync(batch, Bob));

        Assert.Equal(["payment", null], alices.Calls.Select(call => call.Own?.Label.Category));
        Assert.Equal([null, "fee"], bobs.Calls.Select(call => call.Own?.Label.Category));
        Assert.Equal([0, 1], alices.Logs.Select(log => log.Ordinal!.Value));
        Assert.Equal(
            [(0, "call"), (1, "call"), (2, "call")], alices.Frames.Select(frame => (frame.Frame, frame.Type)));
        Assert.Equal((AttributionState.Attributed, "trace"), (alices.Attribution!.State, alices.Attribution.Basis));
        Assert.Equal(["eip7702"], bobs.Operations.Select(operation => operation.Kind));
    }

    [Fact]
    public async Task Transaction_of_others_does_not_exist()
    {
        ScriptedTransaction batch = await SendAsync();
        _bench.Node.Mine(batch);
        await _bench.FinalizeAsync();

        Assert.Empty(await FindAsync(batch, new Guid(23, 0, 0, new byte[8])));
    }

    [Fact]
    public async Task Transaction_is_shown_in_every_block_that_held_it()
    {
        ScriptedTransaction batch = await SendAsync();
        _bench.Node.Mine(batch);
        await _bench.Index.SettleAsync(Cancelled);
        _bench.Node.Rewind(1);
        _bench.Node.MineEmpty(1);
        _bench.Node.Mine(batch);
        await _bench.FinalizeAsync();

        Assert.Equal(["final", "orphaned"], (await FindAsync(batch, Alice)).Select(tree => tree.Indexed.Status));
    }

    private Task<IReadOnlyList<TransactionTree>> FindAsync(ScriptedTransaction transaction, Guid owner) =>
        _bench.Index.Trees.FindAsync(IndexHarness.Chain, transaction.Hash, owner, Cancelled);

    private async Task<ScriptedTransaction> SendAsync()
    {
        ScriptedCall[] calls = [_bench.Transfer(ProcessorBench.Vendor, 500), _bench.Transfer(ProcessorBench.House, 110)];
        ScriptedTransaction batch = ScriptedTrace.Transaction(ProcessorBench.Ours, calls);
        foreach ((ScriptedCall call, Guid owner) in calls.Zip([Alice, Bob]))
        {
            string category = Erc20.TransferCall.Decode(call.Data).To == ProcessorBench.House ? "fee" : "payment";
            await _bench.Index.SentAsync(
                batch.Hash, ProcessorBench.Ours, [new SentCall(call.To, 0, call.Data, [], category) { By = owner }], Cancelled);
        }

        _bench.Node.Trace = hash => hash == batch.Hash ? ScriptedTrace.Frames(ProcessorBench.Ours, calls) : null;
        return batch;
    }
}
