using System.Text.Json;
using ChainExec.Ethereum.Rpc;
using static ChainExec.Ethereum.Rpc.RpcField;

namespace ChainExec.Ethereum.Traces;

/// <summary>
/// Reads the frames of callTracer. Frames are kept on a list and not on the thread's stack, because whoever answers decides how deep they
/// nest.
/// </summary>
internal static class CallTraceReader
{
    private static readonly UInt128 FrameRequired = RpcFields.Set(RpcField.Type, From, Gas, GasUsed);
    private static readonly UInt128 FrameFields =
        FrameRequired | RpcFields.Set(To, Value, Input, Output, RpcField.Error, RevertReason, Logs, Calls);
    private static readonly UInt128 LogRequired = RpcFields.Set(RpcField.Address, Topics, Data);
    private static readonly UInt128 LogFields = LogRequired | RpcFields.Set(Position);
    private static readonly UInt128 ItemFields = RpcFields.Set(TxHash, Result, RpcField.Error);

    /// <summary>
    /// The root frame. An answer without <c>type</c> is refused: asked for a transaction that it does not have, anvil answers an empty
    /// trace of another form as if it had succeeded.
    /// </summary>
    internal static CallFrame Root(ref Utf8JsonReader reader)
    {
        var open = new Stack<OpenFrame>();
        var current = new OpenFrame(ref reader);
        int count = 1;
        while (true)
        {
            bool more;
            if (current.ReadToCalls(ref reader))
            {
                more = NextFrame(ref reader);
            }
            else
            {
                CallFrame frame = current.Close();
                if (open.Count == 0)
                {
                    return frame;
                }

                current = open.Pop();
                current.Calls.Add(frame);
                more = NextFrame(ref reader);
            }

            if (more)
            {
                open.Push(current);
                count++;
                if (open.Count > CallFrame.DepthMax || count > CallFrame.FramesMax)
                {
                    throw new FormatException(
                        $"the trace is beyond {CallFrame.DepthMax} levels or {CallFrame.FramesMax} frames");
                }

                current = new OpenFrame(ref reader);
            }
        }
    }

    /// <summary>One transaction of a block.</summary>
    internal static TransactionTrace Item(ref Utf8JsonReader reader)
    {
        (Hash32? hash, CallFrame? root, string? error) = (null, null, null);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, ItemFields, out RpcField field))
        {
            switch (field)
            {
                case TxHash: hash = RpcScalar.Hash(ref reader, field); break;
                case Result: root = Root(ref reader); break;
                default: error = Words(ref reader); break;
            }
        }

        return (root is null) == (error is null)
            ? throw new FormatException("a traced transaction has neither a trace nor an error, or both")
            : new TransactionTrace(hash, root, error);
    }

    // An error is a text on geth and an object with a message elsewhere.
    private static string Words(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return Cut(RpcScalar.Text(ref reader, RpcField.Error));
        }

        JsonElement error = JsonElement.ParseValue(ref reader);
        return error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out JsonElement message)
            ? Cut(message.GetRawText().Trim('"'))
            : Cut(error.GetRawText());
    }

    // Moves into the list of sub-calls, or on within it; false at its end.
    private static bool NextFrame(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType != JsonTokenType.EndArray;
    }

    private static CallFrameLog Log(ref Utf8JsonReader reader)
    {
        (Address address, Hash32[] topics, byte[] data, int? position) = (default, [], [], null);
        RpcFields fields = RpcFields.Enter(ref reader);
        while (fields.Next(ref reader, LogFields, out RpcField field))
        {
            switch (field)
            {
                case RpcField.Address: address = RpcScalar.Address(ref reader, field); break;
                case Topics: topics = RpcReader.Topics(ref reader); break;
                case Data: data = RpcScalar.Bytes(ref reader, field); break;
                default: position = RpcScalar.Index(ref reader, field); break;
            }
        }

        fields.Require(LogRequired);
        return new CallFrameLog(address, topics, data, position);
    }

    private static CallFrameType TypeOf(ref Utf8JsonReader reader) => RpcScalar.Text(ref reader, RpcField.Type) switch
    {
        "CALL" => CallFrameType.Call,
        "STATICCALL" => CallFrameType.StaticCall,
        "DELEGATECALL" => CallFrameType.DelegateCall,
        "CALLCODE" => CallFrameType.CallCode,
        "CREATE" => CallFrameType.Create,
        "CREATE2" => CallFrameType.Create2,
        "SELFDESTRUCT" => CallFrameType.SelfDestruct,
        _ => throw new FormatException("'type' is no kind of call"),
    };

    private static string Cut(string text) => text.Length <= CallFrame.TextMax ? text : text[..CallFrame.TextMax];

    /// <summary>A frame whose members are still being read.</summary>
    private sealed class OpenFrame
    {
        private readonly List<CallFrame> _calls = [];
        private RpcFields _fields;
        private CallFrameType _type;
        private Address _from;
        private Address? _to;
        private UInt256? _value;
        private ulong _gas;
        private ulong _gasUsed;
        private byte[] _input = [];
        private byte[] _output = [];
        private string? _error;
        private string? _revertReason;
        private List<CallFrameLog> _logs = [];

        internal OpenFrame(ref Utf8JsonReader reader) => _fields = RpcFields.Enter(ref reader);

        internal List<CallFrame> Calls => _calls;

        /// <summary>Reads members until the list of sub-calls begins, which is true, or the frame ends.</summary>
        internal bool ReadToCalls(ref Utf8JsonReader reader)
        {
            while (_fields.Next(ref reader, FrameFields, out RpcField field))
            {
                switch (field)
                {
                    case RpcField.Type: _type = TypeOf(ref reader); break;
                    case From: _from = RpcScalar.Address(ref reader, field); break;
                    case To: _to = RpcScalar.Address(ref reader, field); break;
                    case Value: _value = RpcScalar.Quantity(ref reader, field); break;
                    case Gas: _gas = RpcScalar.UInt64(ref reader, field); break;
                    case GasUsed: _gasUsed = RpcScalar.UInt64(ref reader, field); break;
                    case Input: _input = RpcScalar.Bytes(ref reader, field); break;
                    case Output: _output = RpcScalar.Bytes(ref reader, field); break;
                    case RpcField.Error: _error = Cut(RpcScalar.Text(ref reader, field)); break;
                    case RevertReason: _revertReason = Cut(RpcScalar.Text(ref reader, field)); break;
                    case Logs: _logs = RpcScalar.List(ref reader, field, Log); break;
                    default:
                        return reader.TokenType == JsonTokenType.StartArray ? true : throw RpcScalar.Malformed(field, "list");
                }
            }

            return false;
        }

        internal CallFrame Close()
        {
            _fields.Require(FrameRequired);
            return new CallFrame(
                _type, _from, _to, _value, _gas, _gasUsed, _input, _output, _error, _revertReason, _logs, _calls);
        }
    }
}
