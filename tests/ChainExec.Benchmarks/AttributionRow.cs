using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ChainExec.Benchmarks.Running;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Benchmarks;

/// <summary>
/// A user operation of 100 transfers, recorded on anvil: its receipt and trace from the bytes of the node's answers to the logs of each
/// call. The baseline only parses the two answers by JsonDocument and reads nothing of them.
/// </summary>
public sealed class AttributionRow : SpeedRow
{
    private const string Recorded = "v07-batch100";
    private const int CallCount = 100;

    private byte[] _receipt = [];
    private byte[] _trace = [];

    public override string Name => "Attribution of a batch of 100 calls";

    public override string BaselineName => "JsonDocument, parsed";

    // The issue asks for 50 ms of our own time: 20 a second.
    public override SpeedLimit Limit { get; } = new(TimesSlowerMax: 5, PerSecondMin: 20);

    public override void Prepare()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "recordings.jsonl.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument recording = JsonDocument.Parse(line);
            if (recording.RootElement.GetProperty("name").GetString() == Recorded)
            {
                _receipt = Encoding.UTF8.GetBytes(recording.RootElement.GetProperty("receipt").GetRawText());
                _trace = Encoding.UTF8.GetBytes(recording.RootElement.GetProperty("trace").GetRawText());
            }
        }

        IReadOnlyList<AttributedCall> calls = Attribute().Operations.Single().Calls;
        if (calls.Count != CallCount || calls.Any(call => call.Logs.Count != 1))
            throw new InvalidOperationException($"{Name}: each of {CallCount} calls has one log.");
    }

    public override void Measure(int operations)
    {
        for (int i = 0; i < operations; i++)
            Keep(Attribute().OverheadLogs.Count);
    }

    public override void Baseline(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            using JsonDocument receipt = JsonDocument.Parse(_receipt);
            using JsonDocument trace = JsonDocument.Parse(_trace);
            Keep(receipt.RootElement.GetPropertyCount() + trace.RootElement.GetPropertyCount());
        }
    }

    private TransactionAttribution Attribute()
    {
        RpcReceipt receipt = RpcDocument.Receipt(_receipt);
        CallFrame trace = RpcDocument.Trace(_trace);
        return TransactionAttribution.Of(receipt, trace, BatchTable.Shipped);
    }
}
