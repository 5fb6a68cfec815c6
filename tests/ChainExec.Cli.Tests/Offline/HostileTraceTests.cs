using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Cli.Offline;
using ChainExec.Ethereum.Attribution;

namespace ChainExec.Cli.Tests.Offline;

/// <summary>
/// Receipts and traces of real transactions whose content somebody changed: frames and logs cut out, doubled, moved and renumbered.
/// Whatever comes, a line is refused with a typed error, or every log of its receipt is in the answer exactly once.
/// </summary>
public sealed class HostileTraceTests
{
    private const int Lines = 400;

    [Fact]
    public void Changed_transaction_is_refused_or_has_each_log_once()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CHAINEXEC_TEST_SEED"), out int given) ? given : Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        JsonObject[] requests = [.. Recordings.Read().Select(Recordings.Request).Where(each => Size(each) < 60_000)];
        OfflineTool tool = TraceTools.Attribute(BatchTable.Shipped);
        using var answers = new Answers(RequestLimits.Traces);
        int answered = 0;
        for (int line = 0; line < Lines; line++)
        {
            JsonNode request = requests[random.Next(requests.Length)].DeepClone();
            for (int changes = random.Next(1, 5); changes > 0; changes--)
                Change(random, request);
            answers.Clear();
            answers.Answer(tool, System.Text.Encoding.UTF8.GetBytes(request.ToJsonString()));
            JsonElement answer = JsonElement.Parse(answers.Lines);
            if (answer.TryGetProperty("error", out JsonElement error))
            {
                Assert.NotEqual(OfflineException.Internal, error.GetProperty("code").GetString());
                continue;
            }

            answered++;
            int[] expected = [.. request["receipt"]!["logs"]!.AsArray().Select(log => IndexOf(log!["logIndex"]!))];
            int[] got = [.. Indexes(answer).Order()];
            Assert.True(expected.SequenceEqual(got), $"seed {seed}, line {line}: {string.Join(' ', got)}\n{request.ToJsonString()}");
        }

        Assert.InRange(answered, Lines / 10, Lines);
    }

    private static int Size(JsonNode node) => node.ToJsonString().Length;

    // A quantity may come as a number too.
    private static int IndexOf(JsonNode quantity) => quantity.GetValueKind() == JsonValueKind.Number
        ? quantity.GetValue<int>()
        : Convert.ToInt32(quantity.GetValue<string>(), 16);

    private static IEnumerable<int> Indexes(JsonElement answer)
    {
        foreach (JsonElement operation in answer.GetProperty("operations").EnumerateArray())
        {
            foreach (JsonElement call in operation.GetProperty("calls").EnumerateArray())
            {
                foreach (JsonElement log in call.GetProperty("logs").EnumerateArray())
                    yield return log.GetInt32();
            }
        }

        foreach (string rest in (string[])["overhead_logs", "unattributed_logs"])
        {
            foreach (JsonElement log in answer.GetProperty(rest).EnumerateArray())
                yield return log.GetInt32();
        }
    }

    private static void Change(Random random, JsonNode request)
    {
        List<JsonNode> nodes = [.. Inside(random.Next(4) == 0 ? request["receipt"]! : request["trace"]!)];
        switch (nodes[random.Next(nodes.Count)])
        {
            case JsonArray { Count: > 0 } list:
                ChangeList(random, list);
                break;
            case JsonObject { Count: > 0 } members:
                ChangeMember(random, members);
                break;
            default:
                break;
        }
    }

    private static void ChangeList(Random random, JsonArray list)
    {
        int at = random.Next(list.Count);
        switch (random.Next(4))
        {
            case 0:
                list.RemoveAt(at);
                break;
            case 1:
                list.Insert(random.Next(list.Count + 1), list[at]?.DeepClone());
                break;
            case 2:
                JsonNode? moved = list[at];
                list.RemoveAt(at);
                list.Insert(random.Next(list.Count + 1), moved);
                break;
            default:
                list.Clear();
                break;
        }
    }

    private static void ChangeMember(Random random, JsonObject members)
    {
        string name = members.ElementAt(random.Next(members.Count)).Key;
        switch (random.Next(6))
        {
            case 0:
                members.Remove(name);
                break;
            case 1:
                members[name] = null;
                break;
            case 2 when members.ContainsKey("type"):
                members["error"] = "execution reverted";
                break;
            case 3 when members.ContainsKey("type"):
                members["type"] = (string)(random.Next(3) switch { 0 => "DELEGATECALL", 1 => "CREATE2", _ => "SELFDESTRUCT" });
                break;
            case 4 when members.ContainsKey("position"):
                members["position"] = $"0x{random.Next(5):x}";
                break;
            default:
                members[name] = random.Next(3) switch
                {
                    0 => $"0x{random.Next():x}", 1 => random.Next(), _ => members.ElementAt(random.Next(members.Count)).Value?.DeepClone(),
                };
                break;
        }
    }

    private static IEnumerable<JsonNode> Inside(JsonNode node)
    {
        yield return node;
        IEnumerable<JsonNode?> below = node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray list => list,
            _ => [],
        };
        foreach (JsonNode inner in below.OfType<JsonNode>().Where(each => each is JsonObject or JsonArray).SelectMany(Inside))
            yield return inner;
    }
}
