using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Tests.Attribution;

/// <summary>
/// A transaction of real contracts on anvil with its receipt and trace, and what must be found in it: see <c>Recording/record.mjs</c>,
/// which tells that by how the transaction was made.
/// </summary>
internal sealed record Recording(string Name, JsonNode Expected, JsonNode Receipt, JsonNode Trace)
{
    private static readonly Lazy<IReadOnlyDictionary<string, Recording>> Recordings = new(
        () => Read().ToDictionary(recording => recording.Name));

    public static IEnumerable<string> Names => Recordings.Value.Keys;

    public RpcReceipt ReadReceipt() => RpcDocument.Receipt(Encoding.UTF8.GetBytes(Receipt.ToJsonString()));

    // The text is deeper than a document's default.
    public CallFrame ReadTrace() => RpcDocument.Trace(Encoding.UTF8.GetBytes(Trace.ToJsonString()));

    public TransactionAttribution Attribute() => TransactionAttribution.Of(ReadReceipt(), ReadTrace(), BatchTable.Shipped);

    /// <summary>A copy that may be changed.</summary>
    public static Recording Of(string name)
    {
        Recording kept = Recordings.Value[name];
        return kept with { Expected = kept.Expected.DeepClone(), Receipt = kept.Receipt.DeepClone(), Trace = kept.Trace.DeepClone() };
    }

    /// <summary>The frames of the trace, the root first.</summary>
    public static IEnumerable<JsonObject> Frames(JsonNode frame) =>
        [frame.AsObject(), .. (frame["calls"]?.AsArray() ?? []).SelectMany(call => Frames(call!))];

    private static IEnumerable<Recording> Read()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Attribution", "recordings.jsonl.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            JsonNode json = JsonNode.Parse(line, documentOptions: new JsonDocumentOptions { MaxDepth = 256 })!;
            yield return new Recording(json["name"]!.GetValue<string>(), json["expected"]!, json["receipt"]!, json["trace"]!);
        }
    }
}
