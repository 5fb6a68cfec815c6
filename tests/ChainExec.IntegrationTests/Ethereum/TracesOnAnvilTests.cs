using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>What a real tracer says of calls and logs within each other.</summary>
public sealed class TracesOnAnvilTests : AnvilRpcTests
{
    // LOG0 of no data; the second reverts what it logged.
    private const string Logs = "60006000a000";
    private const string LogsAndReverts = "60006000a060006000fd";

    [Fact]
    public async Task Logs_of_a_receipt_are_attributed_to_the_frames_that_emitted_them()
    {
        RpcReceipt receipt = await RunAsync();
        Assert.Equal([1, 0, 2, 3], receipt.Logs.Select(log => log.Data.Length));

        CallTrace trace = CallTrace.Flatten(await Rpc.TraceTransactionAsync(receipt.TransactionHash, Token));
        Assert.Equal([false, false, true], trace.Calls.Select(call => call.Undone));
        Assert.Equal([CallFrameType.Call, CallFrameType.Call, CallFrameType.Call], trace.Calls.Select(call => call.Frame.Type));
        LogsAttributed attributed = Assert.IsType<LogsAttributed>(trace.Attribute(receipt.Logs));
        Assert.Equal([0, 1, 0, 0], attributed.CallIndexes);
    }

    [Fact]
    public async Task Block_is_traced_transaction_by_transaction()
    {
        RpcReceipt receipt = await RunAsync();
        TransactionTrace traced = Assert.Single(await Rpc.TraceBlockAsync(receipt.BlockHash, Token));
        Assert.Equal(receipt.TransactionHash, traced.TransactionHash);
        CallTrace trace = CallTrace.Flatten(traced.Root!);
        Assert.IsType<LogsAttributed>(trace.Attribute(receipt.Logs));
    }

    [Fact]
    public async Task Trace_of_an_unknown_transaction_is_no_trace() =>
        await Assert.ThrowsAsync<RpcProtocolException>(() => Rpc.TraceTransactionAsync(Keccak256.Hash("nothing"u8), Token));

    // A contract that logs, calls one that logs, logs, calls one that logs and reverts, and logs; by the length of the data.
    private async Task<RpcReceipt> RunAsync()
    {
        string logger = await DeployAsync(Logs);
        string reverter = await DeployAsync(LogsAndReverts);
        string caller = await DeployAsync($"60016000a0{Call(logger)}60026000a0{Call(reverter)}60036000a000");
        string hash = await Node.SendFromDevAsync(0, caller, 0, "0x", Token);
        await Node.MineAsync(1, Token);
        return (await Rpc.GetTransactionReceiptAsync(Hash32.Parse(hash), Token))!;
    }

    private static string Call(string address) => $"6000600060006000600073{address[2..]}5af150";

    private async Task<string> DeployAsync(string runtime)
    {
        string length = (runtime.Length / 2).ToString("x2", null);
        var creation = new { from = AnvilNode.DevAccounts[0], data = $"0x60{length}600c60003960{length}6000f3{runtime}", gas = "0x7a120" };
        string hash = (await Node.RpcAsync("eth_sendTransaction", [creation], Token)).GetString()!;
        await Node.MineAsync(1, Token);
        return (await Rpc.GetTransactionReceiptAsync(Hash32.Parse(hash), Token))!.ContractAddress!.Value.ToHex();
    }
}
