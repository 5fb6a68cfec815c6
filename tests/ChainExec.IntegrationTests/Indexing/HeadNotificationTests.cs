using ChainExec.Engine.Tests.Indexing;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Indexing;

public sealed class HeadNotificationTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Notification_wakes_the_follower_long_before_the_poll()
    {
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions(), Cancelled);
        var options = new HarnessOptions { PollInterval = TimeSpan.FromMinutes(10), WebSocket = node.WebSocketUri };
        await using IndexHarness index = await IndexHarness.CreateAsync([node.HttpUri], options, Cancelled);
        await using IAsyncDisposable running = await index.RunAsync(Cancelled);
        await IndexedAsync(index, 0);

        // The first notification is the one after the socket was opened, and nobody says when that was.
        await Eventually.TrueAsync(
            async () =>
            {
                await node.MineAsync(1, Cancelled);
                return (await index.StatusAsync(Cancelled)).Indexed?.Number > 0;
            },
            Deadline, "a block is indexed by notification", Cancelled);
        await node.MineAsync(1, Cancelled);
        await IndexedAsync(index, await node.BlockNumberAsync("latest", Cancelled));
    }

    [Fact]
    public async Task Polling_works_alone_when_the_socket_is_dead()
    {
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions(), Cancelled);
        await using TcpProxy proxy = TcpProxy.Start(node.WebSocketUri.Port);
        var socket = new Uri($"ws://127.0.0.1:{proxy.Port}");
        var options = new HarnessOptions { PollInterval = TimeSpan.FromMilliseconds(100), WebSocket = socket };
        await using IndexHarness index = await IndexHarness.CreateAsync([node.HttpUri], options, Cancelled);
        await using IAsyncDisposable running = await index.RunAsync(Cancelled);
        await node.MineAsync(2, Cancelled);
        await IndexedAsync(index, 2);
        proxy.Refuse();
        await node.MineAsync(2, Cancelled);
        await IndexedAsync(index, 4);
    }

    private static Task IndexedAsync(IndexHarness index, long number) => Eventually.BecomesAsync(
        async () => (await index.StatusAsync(Cancelled)).Indexed?.Number,
        tip => tip == number,
        Deadline,
        $"block {number} is indexed",
        Cancelled);
}
