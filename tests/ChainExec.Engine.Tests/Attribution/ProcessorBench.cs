using System.Numerics;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChainExec.Engine.Tests.Attribution;

/// <summary>A scripted chain with an account of ours and a listed token, and processors of a test beside the shipped ones.</summary>
internal sealed class ProcessorBench : IAsyncDisposable
{
    public static readonly Address Ours = A.Address(1);
    public static readonly Address Vendor = A.Address(2);
    public static readonly Address Token = A.Address(3);
    public static readonly Address House = A.Address(4);
    public static readonly Address Outside = A.Address(5);

    public ScriptedNode Node { get; private set; } = null!;

    public IndexHarness Index { get; private set; } = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async Task StartAsync(Action<IServiceCollection>? services = null, params IEnumerable<(string Key, string Value)> settings)
    {
        Node = await ScriptedNode.StartAsync(Cancelled);
        Index = await IndexHarness.CreateAsync(
            Node.Uri,
            new HarnessOptions { Services = services, Settings = settings.ToDictionary(one => one.Key, one => (string?)one.Value) },
            Cancelled);
        await Index.RegisterAccountAsync(Ours, Cancelled);
        await Index.ListAsync("tusd", Token, Cancelled);
        await Index.ListAsync("eth", contract: null, Cancelled);
        await Index.StandInForExecutionAsync(Cancelled);
    }

    /// <summary>A call of ours that pays tokens; to the house it is a fee, for the invoice of its amount.</summary>
    public ScriptedCall Transfer(Address to, BigInteger amount) => new(
        Token, 0, new Erc20.TransferCall(to, UInt256.FromBigInteger(amount)).Encode(), 1000, Fails: false,
        A.Transfer(Token, Ours, to, amount));

    /// <summary>A transaction that our account sent, with these logs.</summary>
    public ScriptedTransaction OfOurs(params IReadOnlyList<ScriptedLog> logs) => A.Transaction(Ours, Outside, logs);

    /// <summary>An approval of ours for so much.</summary>
    public static ScriptedLog Approval(int amount) => Approval(Token, amount);

    /// <summary>The same, of another token.</summary>
    public static ScriptedLog Approval(Address token, int amount) =>
        new(token, [Erc20.ApprovalEvent.Topic0, A.Topic(Ours), A.Topic(Vendor)], A.Word(amount));

    /// <summary>A transaction of a stranger with one log of the token.</summary>
    public static ScriptedTransaction Stranger(params IReadOnlyList<Hash32> topics) =>
        A.Transaction(Outside, Token, new ScriptedLog(Token, topics, []));

    /// <summary>Where processors are parked.</summary>
    public Task<IReadOnlyList<string>> ParkedAsync() => Index.LinesAsync(
        "select processor, waits, block_number from attribution.v_parked_block order by processor, block_number", Cancelled);

    /// <summary>The open incidents.</summary>
    public Task<IReadOnlyList<string>> IncidentsAsync() =>
        Index.LinesAsync("select kind, subject from execution.v_incident order by kind, subject", Cancelled);

    /// <summary>A batch of ours that nodes can trace.</summary>
    public async Task<ScriptedTransaction> SendAsync(params ScriptedCall[] calls)
    {
        ScriptedTransaction batch = ScriptedTrace.Transaction(Ours, calls);
        Guid intent = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await Index.SentAsync(
            batch.Hash, Ours,
            [
                .. calls.Select(call => new SentCall(
                    call.To, call.Value, call.Data, [],
                    call.Data.Length > 0 && Erc20.TransferCall.Decode(call.Data).To == House ? "fee" : "payment")
                {
                    Intent = intent,
                }),
            ],
            Cancelled);
        Func<Hash32, System.Text.Json.Nodes.JsonNode?>? before = Node.Trace;
        Node.Trace = hash => hash == batch.Hash ? ScriptedTrace.Frames(Ours, calls) : before?.Invoke(hash);
        return batch;
    }

    public async Task FinalizeAsync()
    {
        Node.MineEmpty(2);
        Node.Finalized = Node.Head.Number;
        await Index.SettleAsync(Cancelled);
        Assert.Equal(0, await Index.CountAsync("select count(*) from facts.v_parked", Cancelled));
    }

    public Task<IReadOnlyList<string>> RecordsAsync(string processor) => Index.LinesAsync(
        $"select log_index, kind, phase from attribution.v_record where processor = '{processor}' order by id", Cancelled);

    public async ValueTask DisposeAsync()
    {
        await Index.DisposeAsync();
        await Node.DisposeAsync();
    }
}
