using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>Calls and subscriptions over one WebSocket of a real node that dies and comes back, and several nodes read as one.</summary>
public sealed class RpcWebSocketOnAnvilTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Heads_resume_after_the_node_was_killed_and_say_what_may_be_missing()
    {
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions(), Token);
        await using var socket = new RpcWebSocket("anvil", node.WebSocketUri, new RpcClientOptions(), TimeProvider.System);
        var client = new RpcClient(socket, new RpcClientOptions());
        await using IAsyncEnumerator<RpcFeedItem<RpcHead>> heads = socket.ReadHeadsAsync(Token).GetAsyncEnumerator(Token);

        RpcHead first = Assert.IsType<RpcFeedValue<RpcHead>>(await NextAsync(heads, node)).Value;
        Assert.Equal(first.Hash, (await client.GetBlockAsync(first.Number, fullTransactions: false, Token))!.Hash);
        await node.KillAsync();
        RpcFeedItem<RpcHead> item;
        do
        {
            item = await NextAsync(heads, node: null);
        }
        while (item is RpcFeedValue<RpcHead>);

        Assert.Equal(RpcGapCause.Disconnected, Assert.IsType<RpcFeedGap<RpcHead>>(item).Cause);
        await node.RestartAsync(Token);
        item = await NextAsync(heads, node: null);
        Assert.Equal(RpcGapCause.Reconnected, Assert.IsType<RpcFeedGap<RpcHead>>(item).Cause);
        RpcHead again = Assert.IsType<RpcFeedValue<RpcHead>>(await NextAsync(heads, node)).Value;
        Assert.Equal(again.Hash, (await client.GetBlockAsync(again.Hash, fullTransactions: false, Token))!.Hash);
    }

    [Fact]
    public async Task Thing_is_absent_only_when_a_majority_says_so_and_unknown_when_nodes_are_gone()
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        await using AnvilNode first = await AnvilNode.StartAsync(new AnvilOptions(), Token);
        await using AnvilNode second = await AnvilNode.StartAsync(new AnvilOptions(), Token);
        RpcClient Client(string name, AnvilNode node) => new(name, node.HttpUri, http, new RpcClientOptions(), TimeProvider.System);
        var set = new RpcEndpointSet(
            [Client("first", first), Client("second", second)], new RpcEndpointSetOptions(), TimeProvider.System, []);

        Hash32 nothing = Keccak256.Hash("nothing"u8);
        RpcFinding<RpcReceipt> finding = await set.ReadReceiptAsync(nothing, RpcReadMode.Quorum(2), atLeast: 0, Token);
        Assert.IsType<RpcAbsent<RpcReceipt>>(finding);
        await second.KillAsync();
        finding = await set.ReadReceiptAsync(nothing, RpcReadMode.Quorum(1), atLeast: 0, Token);
        Assert.IsType<RpcUndetermined<RpcReceipt>>(finding);
        RpcFinding<RpcBlock> genesis = await set.ReadBlockAsync(0UL, RpcReadMode.FreshestHead, atLeast: 0, Token);
        RpcFound<RpcBlock> found = Assert.IsType<RpcFound<RpcBlock>>(genesis);
        Assert.Equal([RpcTestimony.Value, RpcTestimony.Failed], found.Witnesses.Select(witness => witness.Said));
    }

    // The subscription is made by the first read, so blocks are mined until one is heard of.
    private static async Task<RpcFeedItem<RpcHead>> NextAsync(IAsyncEnumerator<RpcFeedItem<RpcHead>> heads, AnvilNode? node)
    {
        ValueTask<bool> next = heads.MoveNextAsync();
        while (node is not null && !next.IsCompleted)
        {
            await node.MineAsync(1, Token);
        }

        Assert.True(await next);
        return heads.Current;
    }
}
