using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Cli.Offline;
using ChainExec.Ethereum.Attribution;

namespace ChainExec.Cli.Tests.Offline;

/// <summary><c>trace show</c>: everything is there once, and nothing that contracts say does more than be read.</summary>
public sealed class TraceShowTests
{
    [Fact]
    public void Every_frame_and_every_log_has_a_line()
    {
        foreach (JsonNode recording in Recordings.Read())
        {
            string[] lines = Show(Recordings.Request(recording)).Split('\n');

            Assert.Equal(Frames(recording["trace"]!), lines.Count(line => IsFrame(line.TrimStart())));
            string[] logs = [.. lines.Select(line => line.TrimStart()).Where(line => line.StartsWith("log ", StringComparison.Ordinal))];
            int overhead = recording["expected"]!["overhead_logs"]!.AsArray().Count;
            Assert.Equal(recording["receipt"]!["logs"]!.AsArray().Count, logs.Select(line => line.Split(' ')[1]).Distinct().Count());
            Assert.Equal(overhead, logs.Count(line => line.EndsWith("overhead", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Words_of_a_contract_do_not_steer_the_terminal()
    {
        JsonObject request = Recordings.Request(Recordings.Read().First(each => each["name"]!.GetValue<string>() == "direct-fails"));
        request["trace"]!["revertReason"] = "\u001b[2J\nlog 9 of call 0.0" + new string('x', 2000);

        string text = Show(request);

        Assert.Contains("?[2J?log 9", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 1, 500));
    }

    [Fact]
    public void Trace_that_is_not_believed_is_not_shown()
    {
        JsonObject request = Recordings.Request(Recordings.Read().First(each => each["name"]!.GetValue<string>() == "v07-batch2"));
        request["receipt"]!["status"] = "0x0";

        Assert.Equal("No log is attributed: trace and receipt disagree about the transaction's success.", Show(request));
    }

    [Fact]
    public void Long_trace_is_cut_and_says_so()
    {
        JsonObject request = Recordings.Request(Recordings.Read().First(each => each["name"]!.GetValue<string>() == "direct-fails"));
        JsonObject trace = request["trace"]!.AsObject();
        trace["calls"] = new JsonArray([.. Enumerable.Range(0, 6000).Select(_ => new JsonObject
        {
            ["type"] = "CALL", ["from"] = trace["to"]!.DeepClone(), ["to"] = trace["to"]!.DeepClone(), ["gas"] = "0x1", ["gasUsed"] = "0x1",
        })]);

        string[] lines = Show(request).Split('\n');

        Assert.Equal(("and 1004 lines more", 5001), (lines[^1], lines.Length));
    }

    private static string Show(JsonObject request)
    {
        using var answers = new Answers(RequestLimits.Traces);
        bool shown = answers.Answer(TraceText.Show(BatchTable.Shipped), Encoding.UTF8.GetBytes(request.ToJsonString()));
        Assert.True(shown, Encoding.UTF8.GetString(answers.Lines));
        return JsonElement.Parse(answers.Lines).GetProperty("text").GetString()!;
    }

    private static int Frames(JsonNode frame) => 1 + (frame["calls"]?.AsArray() ?? []).Sum(call => Frames(call!));

    private static bool IsFrame(string line) => line.Split(' ')[0] is "CALL" or "STATICCALL" or "DELEGATECALL" or "CREATE" or "CREATE2";
}
