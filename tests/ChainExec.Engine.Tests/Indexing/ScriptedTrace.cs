using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>A call of a scripted batch: what it does, what it logs, and whether it fails.</summary>
internal sealed record ScriptedCall(
    Address To, BigInteger Value, byte[] Data, long Gas, bool Fails, params IReadOnlyList<ScriptedLog> Logs);

/// <summary>
/// Batches of an account with code (EIP-7702) that calls itself, as a transaction and as the frames that callTracer answers for it.
/// </summary>
internal static class ScriptedTrace
{
    private static readonly AbiFunction Batch = AbiFunction.Parse("executeBatch((address to, uint256 value, bytes data)[] calls)");
    private static readonly AbiError Error = AbiError.Parse("Error(string)");

    /// <summary>The transaction of a batch; logs of failed calls are not in it.</summary>
    public static ScriptedTransaction Transaction(Address account, IReadOnlyList<ScriptedCall> calls) =>
        A.Transaction(account, account, [.. calls.Where(call => !call.Fails).SelectMany(call => call.Logs)]) with { Input = Input(calls) };

    /// <summary>The frames of a batch.</summary>
    public static JsonObject Frames(Address account, IReadOnlyList<ScriptedCall> calls)
    {
        JsonObject root = Frame(account, account, 0, Input(calls), 0x10000);
        root["calls"] = new JsonArray([.. calls.Select(call =>
        {
            JsonObject frame = Frame(account, call.To, call.Value, call.Data, call.Gas);
            if (call.Fails)
            {
                frame["error"] = "execution reverted";
                frame["output"] = Hex.Encode(Error.Encode("not today"));
            }
            else
            {
                frame["logs"] = new JsonArray([.. call.Logs.Select(log => new JsonObject
                {
                    ["address"] = log.Emitter.ToHex(),
                    ["topics"] = new JsonArray([.. log.Topics.Select(topic => (JsonNode)topic.ToString())]),
                    ["data"] = Hex.Encode(log.Data),
                    ["position"] = "0x0",
                })]);
            }

            return (JsonNode)frame;
        })]);
        return root;
    }

    private static byte[] Input(IReadOnlyList<ScriptedCall> calls) => Batch.EncodeCall(
        [calls.Select(call => (object)new object[] { call.To, UInt256.FromBigInteger(call.Value), call.Data }).ToArray()]);

    private static JsonObject Frame(Address from, Address to, BigInteger value, byte[] input, long gas) => new()
    {
        ["type"] = "CALL",
        ["from"] = from.ToHex(),
        ["to"] = to.ToHex(),
        ["value"] = "0x" + (value.IsZero ? "0" : value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0')),
        ["gas"] = $"0x{gas:x}",
        ["gasUsed"] = $"0x{gas:x}",
        ["input"] = Hex.Encode(input),
    };
}
