using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace ChainExec.Cli.Tests.Offline;

/// <summary>Real transactions with what must be found in them, which the tests of the toolkit keep.</summary>
internal static class Recordings
{
    public static IEnumerable<JsonNode> Read()
    {
        using FileStream file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "recordings.jsonl.gz"));
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            yield return JsonNode.Parse(line)!;
    }

    /// <summary>The request that a recording answers.</summary>
    public static JsonObject Request(JsonNode recording) => new()
    {
        ["receipt"] = recording["receipt"]!.DeepClone(), ["trace"] = recording["trace"]!.DeepClone(),
    };
}
