using System.Text.Json.Nodes;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Tests.Attribution;

/// <summary>Real contracts: EntryPoints v0.6 to v0.8, Safes, Multicall3, accounts by EIP-7702, and plain calls.</summary>
public sealed class RecordingTests
{
    public static TheoryData<string> Names => [.. Recording.Names];

    [Fact]
    public void Every_shape_is_recorded()
    {
        Assert.True(Recording.Names.Count() > 100);
        string[] groups = ["direct-", "multicall3-", "safe-plain-", "safe-l2-", "v06-", "v07-", "v07-safe4337-", "v08-", "eip7702-"];
        Assert.All(groups, group => Assert.Contains(Recording.Names, name => name.StartsWith(group, StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Logs_are_of_the_calls_that_made_them(string name)
    {
        Recording recording = Recording.Of(name);
        Check(recording, recording.Attribute());
    }

    // Nodes disagree about what it counts, and some do not send it.
    [Theory]
    [MemberData(nameof(Names))]
    public void Index_of_the_trace_is_not_looked_at(string name)
    {
        Recording recording = Recording.Of(name);
        int next = 1000;
        foreach (JsonNode? log in Recording.Frames(recording.Trace).SelectMany(frame => frame["logs"]?.AsArray() ?? []))
        {
            log!["index"] = $"0x{--next:x}";
        }

        Check(recording, recording.Attribute());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Frames_lead_to_the_calls(string name)
    {
        Recording recording = Recording.Of(name);
        TransactionAttribution found = recording.Attribute();
        foreach (AttributedCall call in found.Operations.SelectMany(operation => operation.Calls).Where(call => call.Reached))
        {
            CallFrame frame = call.Frame.Aggregate(recording.ReadTrace(), (parent, position) => parent.Calls[position]);
            Assert.Equal(call.To, frame.To);
            Assert.True(call.IsCreation || frame.Input.Span.SequenceEqual(call.Data.Span));
            Assert.Equal(found.Trace!.Calls[call.FrameIndex].Frame.Input.ToArray(), frame.Input.ToArray());
        }
    }

    // Whoever traces another transaction, or lies, is found out: nothing is said then.
    [Theory]
    [InlineData("v07-bundle3-identical")]
    [InlineData("safe-plain-nested")]
    [InlineData("multicall3-random-1")]
    public void Trace_that_is_not_the_receipts_attributes_nothing(string name)
    {
        Action<Recording>[] changes =
        [
            recording => recording.Receipt["logs"]![1]!["data"] = "0x" + new string('1', 64),
            recording => recording.Receipt["logs"]![1]!["address"] = "0x" + new string('1', 40),
            recording => recording.Receipt["logs"]![1]!["topics"]![0] = "0x" + new string('1', 64),
            recording => recording.Receipt["logs"]!.AsArray().RemoveAt(0),
            recording => recording.Receipt["from"] = "0x" + new string('1', 40),
            recording => recording.Receipt["to"] = "0x" + new string('1', 40),
            recording => recording.Receipt["to"] = null,
            recording => recording.Receipt["status"] = "0x0",
            recording => Recording.Frames(recording.Trace).First(frame => frame["logs"] is JsonArray { Count: > 0 }).Remove("logs"),
            recording => recording.Trace["error"] = "execution reverted",
        ];
        foreach (Action<Recording> change in changes)
        {
            Recording recording = Recording.Of(name);
            change(recording);
            TransactionAttribution found = recording.Attribute();
            Assert.NotNull(found.Reason);
            Assert.Empty(found.Operations);
            Assert.Empty(found.OverheadLogs);
            Assert.Equal(Enumerable.Range(0, recording.ReadReceipt().Logs.Count), found.UnattributedLogs);
        }
    }

    [Fact]
    public void Order_of_the_receipt_must_be_that_of_the_trace()
    {
        Recording recording = Recording.Of("v07-batch2");
        JsonArray logs = recording.Receipt["logs"]!.AsArray();
        JsonNode second = logs[2]!;
        logs.RemoveAt(2);
        logs.Insert(1, second);
        Assert.NotNull(recording.Attribute().Reason);
    }

    // Positions that cannot be are as good as none; then the content must tell, and of identical logs it does not.
    [Theory]
    [InlineData("0x64", "0x0")]
    [InlineData(null, null)]
    public void Positions_that_cannot_be_are_not_believed(string? first, string? second)
    {
        Recording recording = Recording.Of("direct-five-logs");
        JsonArray logs = recording.Trace["logs"]!.AsArray();
        Assert.True(logs.Count >= 2);
        (logs[0]!["position"], logs[1]!["position"]) = (first, second);
        CallTrace trace = CallTrace.Flatten(recording.ReadTrace());
        Assert.False(trace.LogOrderKnown);
        Assert.IsType<LogsAttributed>(trace.Attribute(recording.ReadReceipt().Logs));

        string same = logs[0]!.ToJsonString();
        JsonNode child = recording.Trace["calls"]![0]!;
        child["logs"]![0] = JsonNode.Parse(same);
        Assert.IsType<LogsUnattributed>(CallTrace.Flatten(recording.ReadTrace()).Attribute(recording.ReadReceipt().Logs));
    }

    private static void Check(Recording recording, TransactionAttribution found)
    {
        RpcReceipt receipt = recording.ReadReceipt();
        Assert.Null(found.Reason);
        Assert.Empty(found.UnattributedLogs);
        int[] every =
        [
            .. found.Operations.SelectMany(operation => operation.Calls).SelectMany(call => call.Logs).Concat(found.OverheadLogs).Order(),
        ];
        Assert.Equal(Enumerable.Range(0, receipt.Logs.Count), every);
        Assert.Equal(Texts(recording.Expected["overhead_logs"]!), Indexes(receipt, found.OverheadLogs));
        string[] expected = [.. recording.Expected["operations"]!.AsArray().Select(operation => Describe(operation!))];
        Assert.Equal(expected, found.Operations.Select(operation => Describe(receipt, operation)));
    }

    private static string Describe(JsonNode operation) => string.Join('\n',
    [
        $"{operation["kind"]} {Text(operation["account"])} {Text(operation["user_op_hash"])} {operation["success"]}",
        .. operation["calls"]!.AsArray().Select((call, index) =>
            $"{index} {Text(call!["to"])} {call["value"]} {call["selector"]} {call["success"]} [{Texts(call["logs"]!)}]"),
    ]);

    private static string Describe(RpcReceipt receipt, AttributedOperation operation) => string.Join('\n',
    [
        $"{Text(operation.Kind.ToString())} {operation.Account.ToHex()} {operation.UserOpHash} {Text(operation.Success.ToString())}",
        .. operation.Calls.Select(call =>
            $"{call.Index} {call.To?.ToHex()} {call.Value} {Hex.Encode(call.Selector.Span)} {Text(call.Success.ToString())} "
            + $"[{Indexes(receipt, call.Logs)}]"),
    ]);

    private static string Text(JsonNode? node) => Text(node?.ToString() ?? "");

    private static string Text(string text) => text.ToLowerInvariant();

    private static string Texts(JsonNode numbers) => string.Join(',', numbers.AsArray());

    private static string Indexes(RpcReceipt receipt, IReadOnlyList<int> logs) =>
        string.Join(',', logs.Select(log => receipt.Logs[log].LogIndex));
}
