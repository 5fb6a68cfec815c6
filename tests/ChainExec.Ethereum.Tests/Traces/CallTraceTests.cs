using System.Text;
using System.Text.Json.Nodes;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Traces;

/// <summary>Frames of callTracer: those that anvil answered (call data shortened) and those of nodes that say less.</summary>
public sealed class CallTraceTests
{
    private static readonly string Account = "0x" + new string('b', 40);

    [Theory]
    [InlineData("multicall3-aggregate3-5-one-fails", "0 1 2 4")]
    [InlineData("v07-single-batch2-500-fee110", "1.0.0.0 1.0.0.1 1")]
    public void Logs_of_a_real_trace_are_those_of_the_receipt(string fixture, string paths)
    {
        (CallTrace trace, IReadOnlyList<RpcLog> logs) = Fixture(fixture, keepPositions: true);
        LogsAttributed attributed = Assert.IsType<LogsAttributed>(trace.Attribute(logs));
        string[] found = [.. attributed.CallIndexes.Select(call => string.Join('.', trace.PathTo(call))).Where(path => path.Length > 0)];
        Assert.Equal(paths.Split(' '), found);
        Assert.Equal(Enumerable.Range(0, logs.Count), trace.Logs.Select(log => log.Index));
    }

    [Fact]
    public void Frames_are_in_order_of_execution_with_their_place()
    {
        (CallTrace trace, _) = Fixture("v07-single-batch2-500-fee110", keepPositions: true);
        Assert.Equal(10, trace.Calls.Count);
        Assert.Equal([null, 0, 1, 2, 0, 4, 5, 6, 6, 0], trace.Calls.Select(call => call.ParentIndex));
        Assert.Equal([0, 1, 2, 3, 1, 2, 3, 4, 4, 1], trace.Calls.Select(call => call.Depth));
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 0, 1, 2], trace.Calls.Select(call => call.Position));
        Assert.Equal(CallFrameType.StaticCall, trace.Calls[3].Frame.Type);
    }

    [Fact]
    public void Logs_without_positions_are_attributed_when_their_content_tells()
    {
        (CallTrace trace, IReadOnlyList<RpcLog> logs) = Fixture("v07-single-batch2-500-fee110", keepPositions: false);
        Assert.False(trace.LogOrderKnown);
        (CallTrace known, _) = Fixture("v07-single-batch2-500-fee110", keepPositions: true);
        Assert.Equal(
            Assert.IsType<LogsAttributed>(known.Attribute(logs)).CallIndexes,
            Assert.IsType<LogsAttributed>(trace.Attribute(logs)).CallIndexes);
    }

    [Fact]
    public void Same_log_of_two_frames_is_not_attributed_when_the_order_is_unknown()
    {
        string log = Log("0x01", position: null);
        string child = Frame(members: $"\"logs\":[{log}]");
        CallTrace trace = Trace(Frame(members: $"\"logs\":[{log}],\"calls\":[{child}]"));
        Assert.IsType<LogsUnattributed>(trace.Attribute([ReceiptLog("0x01"), ReceiptLog("0x01")]));
    }

    [Theory]
    [InlineData("0x01", "0x03")]
    [InlineData("0x02", "0x01")]
    [InlineData("0x01")]
    public void Trace_that_is_not_the_receipts_is_not_believed(params string[] receipt)
    {
        CallTrace trace = Trace(Frame(members: $"\"logs\":[{Log("0x01", 0)},{Log("0x02", 0)}]"));
        Assert.IsType<LogsUnattributed>(trace.Attribute([.. receipt.Select(ReceiptLog)]));
    }

    [Fact]
    public void Logs_stand_among_the_sub_calls_by_their_position()
    {
        string child1 = Frame(members: $"\"logs\":[{Log("0x02", 0)}]");
        string child2 = Frame(members: $"\"logs\":[{Log("0x04", 0)}]");
        CallTrace trace = Trace(Frame(
            members: $"\"calls\":[{child1},{child2}],\"logs\":[{Log("0x01", 0)},{Log("0x03", 1)},{Log("0x05", 2)},{Log("0x06", 2)}]"));
        Assert.Equal([1, 2, 3, 4, 5, 6], trace.Logs.Select(log => (int)log.Log.Data.Span[0]));
        Assert.Equal([0, 1, 0, 2, 0, 0], trace.Logs.Select(log => log.CallIndex));
    }

    [Fact]
    public void Logs_below_a_failed_frame_are_dropped_although_the_node_kept_them()
    {
        string below = Frame(members: $"\"logs\":[{Log("0x02", 0)}]");
        string failed = Frame(members: $"\"error\":\"execution reverted\",\"logs\":[{Log("0x01", 0)}],\"calls\":[{below}]");
        CallTrace trace = Trace(Frame(members: $"\"calls\":[{failed}],\"logs\":[{Log("0x03", 1)}]"));
        Assert.Equal(0x03, Assert.Single(trace.Logs).Log.Data.Span[0]);
        Assert.Equal([false, true, true], trace.Calls.Select(call => call.Undone));
    }

    [Theory]
    [InlineData("CALL", CallFrameType.Call)]
    [InlineData("STATICCALL", CallFrameType.StaticCall)]
    [InlineData("DELEGATECALL", CallFrameType.DelegateCall)]
    [InlineData("CALLCODE", CallFrameType.CallCode)]
    [InlineData("CREATE", CallFrameType.Create)]
    [InlineData("CREATE2", CallFrameType.Create2)]
    [InlineData("SELFDESTRUCT", CallFrameType.SelfDestruct)]
    public void Each_kind_of_call_is_read_and_absent_members_are_empty(string type, CallFrameType expected)
    {
        CallFrame frame = RpcDocument.Trace(Encoding.UTF8.GetBytes(
            $$"""{"type":"{{type}}","from":"{{Account}}","to":null,"gas":"0x1","gasUsed":"0x5208","unheard":[{"of":1}]}"""));
        Assert.Equal(expected, frame.Type);
        Assert.Null(frame.To);
        Assert.Null(frame.Value);
        Assert.Null(frame.Error);
        Assert.True(frame.Input.IsEmpty && frame.Output.IsEmpty);
        Assert.Empty(frame.Logs);
        Assert.Empty(frame.Calls);
    }

    [Theory]
    [InlineData("""{"failed":false,"gas":0,"returnValue":"0x","structLogs":[]}""", "is missing")]
    [InlineData("""{"type":"JUMP","from":"0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","gas":"0x1","gasUsed":"0x1"}""", "'type'")]
    [InlineData("""{"type":"CALL","gas":"0x1","gasUsed":"0x1"}""", "'from' is missing")]
    [InlineData("""{"type":"CALL","type":"CALL"}""", "'type' comes twice")]
    [InlineData("""{"type":"CALL","calls":{}}""", "'calls'")]
    [InlineData("""{"type":"CALL","calls":[1]}""", "an object was expected")]
    [InlineData("""{"type":"CALL","logs":[{"address":"0x00"}]}""", "'address'")]
    [InlineData("null", "an object was expected")]
    [InlineData("{", "no JSON")]
    public void What_is_no_trace_is_refused_with_the_reason(string json, string reason)
    {
        RpcFormatException error = Assert.Throws<RpcFormatException>(() => RpcDocument.Trace(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void Depth_is_bounded_by_that_of_the_EVM(int depth, bool accepted)
    {
        string open = Frame("").TrimEnd('}') + ",\"calls\":[";
        string json = string.Concat(Enumerable.Repeat(open, depth)) + Frame("") + string.Concat(Enumerable.Repeat("]}", depth));
        byte[] utf8 = Encoding.UTF8.GetBytes(json);
        if (accepted)
        {
            CallTrace trace = CallTrace.Flatten(RpcDocument.Trace(utf8));
            Assert.Equal(depth, trace.Calls[^1].Depth);
            Assert.Equal(depth, trace.PathTo(depth).Count);
        }
        else
        {
            Assert.Throws<RpcFormatException>(() => RpcDocument.Trace(utf8));
        }
    }

    [Fact]
    public void Frames_are_bounded_in_number()
    {
        byte[] call = Encoding.UTF8.GetBytes(Frame("") + ",");
        using var json = new MemoryStream();
        json.Write(Encoding.UTF8.GetBytes(Frame("").TrimEnd('}') + ",\"calls\":["));
        for (int i = 0; i < CallFrame.FramesMax; i++)
        {
            json.Write(call);
        }

        RpcFormatException error = Assert.Throws<RpcFormatException>(() => RpcDocument.Trace(json.ToArray()));
        Assert.Contains("frames", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_bytes_of_a_trace_are_read_or_refused_by_the_one_exception()
    {
        byte[] original = Encoding.UTF8.GetBytes(Json("v07-single-batch2-500-fee110")["trace"]!.ToJsonString());
        Prop.ForAll(
            ArbMap.Default.ArbFor<(PositiveInt At, byte Value)[]>(),
            changes =>
            {
                byte[] changed = (byte[])original.Clone();
                foreach ((PositiveInt at, byte value) in changes)
                {
                    changed[at.Get * 37 % changed.Length] = value;
                }

                try
                {
                    CallTrace.Flatten(RpcDocument.Trace(changed));
                }
                catch (RpcFormatException)
                {
                    // That is the other permitted outcome; any other exception fails the property.
                }
            }).QuickCheckThrowOnFailure();
    }

    private static string Frame(string members) =>
        $$"""{"type":"CALL","from":"{{Account}}","to":"{{Account}}","gas":"0x1","gasUsed":"0x1"{{(members.Length > 0 ? "," : "")}}"""
        + members + "}";

    private static string Log(string data, int? position) =>
        $$"""{"address":"{{Account}}","topics":[],"data":"{{data}}"{{(position is null ? "" : $",\"position\":\"0x{position}\"")}}}""";

    private static RpcLog ReceiptLog(string data) => new(
        Address.Parse(Account), [], Hex.Decode(data), 0, default, 0, default, 0, false);

    private static CallTrace Trace(string json) => CallTrace.Flatten(RpcDocument.Trace(Encoding.UTF8.GetBytes(json)));

    private static (CallTrace Trace, IReadOnlyList<RpcLog> Logs) Fixture(string name, bool keepPositions)
    {
        JsonNode json = Json(name);
        if (!keepPositions)
        {
            RemovePositions(json["trace"]!);
        }

        RpcReceipt receipt = RpcDocument.Receipts(Encoding.UTF8.GetBytes($"[{json["receipt"]!.ToJsonString()}]"))[0];
        return (Trace(json["trace"]!.ToJsonString()), receipt.Logs);
    }

    private static void RemovePositions(JsonNode frame)
    {
        foreach (JsonNode? log in frame["logs"]?.AsArray() ?? [])
        {
            log!.AsObject().Remove("position");
        }

        foreach (JsonNode? call in frame["calls"]?.AsArray() ?? [])
        {
            RemovePositions(call!);
        }
    }

    private static JsonNode Json(string name)
    {
        using Stream stream = typeof(CallTraceTests).Assembly.GetManifestResourceStream(name)!;
        return JsonNode.Parse(stream)!;
    }
}
