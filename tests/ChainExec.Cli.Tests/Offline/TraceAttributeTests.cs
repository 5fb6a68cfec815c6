using System.Text.Json.Nodes;
using ChainExec.Cli.Offline;

namespace ChainExec.Cli.Tests.Offline;

/// <summary><c>trace attribute</c> as a process: real transactions in order, and lines that nobody honest sends.</summary>
public sealed class TraceAttributeTests
{
    private const string Address = "0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private static readonly string Receipt = new JsonObject
    {
        ["transactionHash"] = "0x" + new string('1', 64),
        ["transactionIndex"] = "0x0",
        ["blockHash"] = "0x" + new string('2', 64),
        ["blockNumber"] = "0x1",
        ["from"] = Address,
        ["to"] = Address,
        ["status"] = "0x1",
        ["gasUsed"] = "0x1",
        ["effectiveGasPrice"] = "0x1",
        ["logs"] = new JsonArray(),
    }.ToJsonString();

    [Fact]
    public async Task Real_transactions_get_the_answers_that_their_making_tells()
    {
        JsonNode[] recordings = [.. Recordings.Read()];

        JsonNode[] answers = await AnswersAsync(recordings.Select(recording => Recordings.Request(recording).ToJsonString()));

        Assert.Equal(recordings.Length, answers.Length);
        Assert.Multiple([.. recordings.Select((recording, at) => (Action)(() => Check(recording, answers[at])))]);
    }

    // Each gets an error or an answer of its own, and those around it theirs.
    [Fact]
    public async Task Hostile_lines_get_an_answer_each()
    {
        string open = Frame("").TrimEnd('}') + ",\"calls\":[";
        string good = Line(Frame(""));
        string[] lines =
        [
            good,
            Line(Nested(open, 1024)),
            Line(Nested(open, 1025)),
            Line(Nested(open, 100_000)),
            new string('[', 1_000_000),
            Line(string.Concat(Enumerable.Repeat("{\"calls\":[", 1000))),
            Line(open + string.Join(',', Enumerable.Repeat(Frame(""), 50_000)) + "]}"),
            "{\"receipt\":" + new string(' ', 2_000_000) + Receipt + ",\"trace\":" + Frame("") + "}",
            new string('x', RequestLimits.Traces.LineMax + 1),
            good,
        ];

        JsonNode[] answers = await AnswersAsync(lines);

        string[] codes = [.. answers.Select(answer => answer["error"]?["code"]!.GetValue<string>() ?? "")];
        Assert.Equal(["", "", "invalid_value", "invalid_json", "invalid_json", "invalid_json", "", "", "line_too_long", ""], codes);
        Assert.All([0, 1, 6, 7, 9], at => Assert.Equal("direct", answers[at]["operations"]![0]!["kind"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Files_are_taken_as_well()
    {
        string folder = Directory.CreateTempSubdirectory("chainexec-trace-").FullName;
        try
        {
            JsonNode recording = Recordings.Read().First(each => each["name"]!.GetValue<string>() == "v07-batch2");
            string[] paths = [Path.Combine(folder, "receipt.json"), Path.Combine(folder, "trace.json")];
            await File.WriteAllTextAsync(paths[0], recording["receipt"]!.ToJsonString(), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(paths[1], recording["trace"]!.ToJsonString(), TestContext.Current.CancellationToken);

            ToolProcess run = await ToolProcess.RunAsync("trace", "attribute", "--receipt", paths[0], "--trace", paths[1], "--json");
            ToolProcess missing = await ToolProcess.RunAsync("trace", "attribute", "--receipt", paths[0], "--trace", folder + "/none");

            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            Check(recording, JsonNode.Parse(run.Text)!);
            Assert.Equal((2, ""), (missing.ExitCode, missing.Text));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A direct call to oneself by a function that nobody knows, until the row is given.
    [Fact]
    public async Task Batch_function_of_a_user_takes_its_batches_apart()
    {
        const string declaration = "payMany(address[] to, bytes[] data)";
        ToolProcess selector = await ToolProcess.RunAsync("abi", "selector", declaration);
        ToolProcess arguments = await ToolProcess.RunAsync(
            "abi", "encode", "--types", "address[]", "bytes[]", "--values", $"[\"{Address}\"]", "[\"0x01\"]");
        string input = selector.Text.Trim() + arguments.Text.Trim()[2..];
        string line = Line(Frame($",\"input\":\"{input}\",\"calls\":[{Frame(",\"input\":\"0x01\"")}]"));

        ToolProcess without = await ToolProcess.RunAsync(["trace", "attribute", "--jsonl"], line);
        ToolProcess with = await ToolProcess.RunAsync(["trace", "attribute", "--jsonl", "--batch", declaration], line);
        ToolProcess wrong = await ToolProcess.RunAsync(["trace", "attribute", "--jsonl", "--batch", "payMany(address[] to)"], line);

        Assert.Equal("[]", JsonNode.Parse(without.Text)!["operations"]![0]!["calls"]![0]!["frame"]!.ToJsonString());
        Assert.Equal("[0]", JsonNode.Parse(with.Text)!["operations"]![0]!["calls"]![0]!["frame"]!.ToJsonString());
        Assert.Equal((2, ""), (wrong.ExitCode, wrong.Text));
    }

    private static async Task<JsonNode[]> AnswersAsync(IEnumerable<string> lines)
    {
        ToolProcess run = await ToolProcess.RunAsync(["trace", "attribute", "--jsonl"], string.Join('\n', lines));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return [.. run.Lines.Select(line => JsonNode.Parse(line)!)];
    }

    // The shape is exact: member for member, in the order of the contract.
    private static void Check(JsonNode recording, JsonNode answer)
    {
        string[] expected = [.. recording["expected"]!["operations"]!.AsArray().Select(operation => Expected(operation!))];
        string[] got = [.. answer["operations"]!.AsArray().Select(operation => Got(operation!))];
        Assert.Equal(["operations", "overhead_logs", "unattributed_logs"], answer.AsObject().Select(member => member.Key));
        Assert.True(
            expected.SequenceEqual(got), $"{recording["name"]}\nwants {string.Join('\n', expected)}\ngot   {string.Join('\n', got)}");
        Assert.Equal(recording["expected"]!["overhead_logs"]!.ToJsonString(), answer["overhead_logs"]!.ToJsonString());
        Assert.Equal("[]", answer["unattributed_logs"]!.ToJsonString());
    }

    private static string Expected(JsonNode operation) => new JsonObject
    {
        ["kind"] = Copy(operation["kind"]),
        ["account"] = Copy(operation["account"]),
        ["user_op_hash"] = Copy(operation["user_op_hash"]),
        ["success"] = Copy(operation["success"]),
        ["calls"] = new JsonArray([.. operation["calls"]!.AsArray().Select((call, index) =>
        {
            var copy = new JsonObject { ["index"] = index };
            foreach ((string name, JsonNode? value) in call!.AsObject())
                copy[name] = Copy(value);
            return copy;
        })]),
    }.ToJsonString().ToLowerInvariant();

    // The frames are for the tests of the library, which walk them.
    private static string Got(JsonNode operation)
    {
        JsonNode copy = operation.DeepClone();
        foreach (JsonObject each in copy["calls"]!.AsArray().Select(call => call!.AsObject()).Append(copy.AsObject()))
        {
            Assert.IsType<JsonArray>(each["frame"]);
            each.Remove("frame");
        }

        return copy.ToJsonString().ToLowerInvariant();
    }

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();

    private static string Line(string trace) => $"{{\"receipt\":{Receipt},\"trace\":{trace}}}";

    private static string Nested(string open, int depth) =>
        string.Concat(Enumerable.Repeat(open, depth)) + Frame("") + string.Concat(Enumerable.Repeat("]}", depth));

    private static string Frame(string members) =>
        $"{{\"type\":\"CALL\",\"from\":\"{Address}\",\"to\":\"{Address}\",\"gas\":\"0x1\",\"gasUsed\":\"0x1\"{members}}}";
}
