using System.Collections.Concurrent;
using System.Text.Json;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using static ChainExec.Ethereum.Tests.Rpc.RpcSocketServer;

namespace ChainExec.Ethereum.Tests.Rpc;

public sealed class RpcWebSocketTests
{
    private static readonly RpcClientOptions Options = new() { Timeout = TimeSpan.FromSeconds(10), ResponseBytesMax = 100_000 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_in_another_order_reach_their_callers()
    {
        var calls = new ConcurrentQueue<string>();
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            calls.Enqueue(message);
            if (calls.Count == 3)
            {
                foreach (string call in calls.Reverse())
                {
                    await socket.SendAsync(Result(call, $"\"0x{IdOf(call):x}\""));
                }
            }
        });
        await using RpcWebSocket webSocket = WebSocket(server);
        var client = new RpcClient(webSocket, Options);
        ulong[] answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => client.ChainIdAsync(Token)));
        Assert.Equal([1UL, 2UL, 3UL], answers.Order());
        Assert.Single(server.Bodies);
    }

    [Fact]
    public async Task Batch_goes_over_the_socket_as_one_message()
    {
        await using RpcTestServer server = await HandlingAsync((socket, message) => socket.SendAsync(
            """[{"jsonrpc":"2.0","id":2,"result":"b"},{"jsonrpc":"2.0","id":1,"result":"a"}]"""));
        await using RpcWebSocket webSocket = WebSocket(server);
        IReadOnlyList<RpcBatchAnswer> answers = await new RpcClient(webSocket, Options).BatchAsync(
            [new RpcRequest("x", []), new RpcRequest("y", [])], Token);
        Assert.Equal(["a", "b"], answers.Select(answer => answer.Result.GetString()));
    }

    [Fact]
    public async Task Call_that_is_given_up_leaves_the_others_and_its_late_answer_is_dropped()
    {
        string? first = null;
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            if (first is null)
            {
                first = message;
                return;
            }

            await socket.SendAsync(Result(first, "\"0x1\""));
            await socket.SendAsync(Result(message, "\"0x2\""));
        });
        await using RpcWebSocket webSocket = WebSocket(server);
        var client = new RpcClient(webSocket, Options);
        using var cancel = new CancellationTokenSource();
        Task<ulong> given = client.ChainIdAsync(cancel.Token);
        await BecomesAsync(() => first is not null);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Assert.Equal(2UL, await client.ChainIdAsync(Token));
        Assert.Single(server.Bodies);
    }

    [Fact]
    public async Task Silent_node_is_unavailable_after_the_timeout_of_the_call()
    {
        var clock = new ManualClock();
        bool asked = false;
        await using RpcTestServer server = await HandlingAsync((_, _) =>
        {
            asked = true;
            return Task.CompletedTask;
        });
        await using var webSocket = new RpcWebSocket("testnode", server.WebSocketUri, Options, clock);
        var client = new RpcClient(webSocket, Options);
        Task<ulong> patient = client.ChainIdAsync(Token);
        await BecomesAsync(() => asked);

        // Connected by then, so that each call has the one timer of its timeout.
        Task<ulong> hasty = client.With(Options with { Timeout = TimeSpan.FromSeconds(1) }).ChainIdAsync(Token);
        await BecomesAsync(() => clock.TimersWaiting == 2);
        clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<RpcUnavailableException>(() => hasty);
        Assert.False(patient.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<RpcUnavailableException>(() => patient);
    }

    [Fact]
    public async Task No_more_calls_than_allowed_are_in_flight()
    {
        var calls = new ConcurrentQueue<string>();
        var server1 = new TaskCompletionSource<RpcSocketServer>();
        await using RpcTestServer server = await HandlingAsync((socket, message) =>
        {
            calls.Enqueue(message);
            server1.TrySetResult(socket);
            return Task.CompletedTask;
        });
        RpcClientOptions two = Options with { InFlightMax = 2 };
        await using var webSocket = new RpcWebSocket("testnode", server.WebSocketUri, two, TimeProvider.System);
        var client = new RpcClient(webSocket, two);
        Task<ulong>[] asked = [.. Enumerable.Range(0, 4).Select(_ => client.ChainIdAsync(Token))];
        RpcSocketServer socket = await server1.Task;
        await BecomesAsync(() => calls.Count == 2);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);
        Assert.Equal(2, calls.Count);
        for (int i = 0; i < 4; i++)
        {
            string? call = null;
            await BecomesAsync(() => calls.TryDequeue(out call));
            await socket.SendAsync(Result(call!, "\"0x1\""));
        }

        await Task.WhenAll(asked);
    }

    [Fact]
    public async Task Cut_connection_fails_who_waits_and_the_next_call_connects_anew()
    {
        int asked = 0;
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            if (socket.Number > 1)
            {
                await socket.SendAsync(Result(message, "\"0x7\""));
            }
            else if (Interlocked.Increment(ref asked) == 2)
            {
                socket.Cut();
            }
        });
        await using RpcWebSocket webSocket = WebSocket(server);
        var client = new RpcClient(webSocket, Options);
        Task<ulong>[] lost = [client.ChainIdAsync(Token), client.ChainIdAsync(Token)];
        foreach (Task<ulong> call in lost)
        {
            await Assert.ThrowsAsync<RpcUnavailableException>(() => call);
        }

        Assert.Equal(7UL, await client.ChainIdAsync(Token));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":"one"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":null,"result":"0x1"}""")]
    [InlineData("[]")]
    public async Task Answer_that_is_no_answer_is_a_protocol_error(string answer)
    {
        await using RpcTestServer server = await HandlingAsync((socket, _) => socket.SendAsync(answer));
        await using RpcWebSocket webSocket = WebSocket(server);
        await Assert.ThrowsAsync<RpcProtocolException>(() => new RpcClient(webSocket, Options).ChainIdAsync(Token));
    }

    [Fact]
    public async Task Error_without_an_id_is_that_of_the_only_call_but_of_nobody_when_there_are_two()
    {
        const string Error = """{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}""";
        int asked = 0;
        await using RpcTestServer server = await HandlingAsync(async (socket, _) =>
        {
            if (Interlocked.Increment(ref asked) is 1 or 3)
            {
                await socket.SendAsync(Error);
            }
        });
        await using RpcWebSocket webSocket = WebSocket(server);
        var client = new RpcClient(webSocket, Options);
        await Assert.ThrowsAsync<RpcErrorException>(() => client.ChainIdAsync(Token));
        Task<ulong>[] two = [client.ChainIdAsync(Token), client.ChainIdAsync(Token)];
        foreach (Task<ulong> call in two)
        {
            await Assert.ThrowsAsync<RpcUnavailableException>(() => call);
        }
    }

    [Fact]
    public async Task Oversized_message_ends_the_connection_and_an_answer_over_the_bound_of_its_call_fails_that_call()
    {
        await using RpcTestServer server = await HandlingAsync((socket, message) => socket.SendAsync(
            Result(message, $"\"{new string('0', IdOf(message) == 1 ? 5_000 : 200_000)}\"")));
        await using RpcWebSocket webSocket = WebSocket(server);
        var client = new RpcClient(webSocket, Options);
        RpcProtocolException small = await Assert.ThrowsAsync<RpcProtocolException>(
            () => client.With(Options with { ResponseBytesMax = 1_000 }).ChainIdAsync(Token));
        RpcProtocolException large = await Assert.ThrowsAsync<RpcProtocolException>(() => client.ChainIdAsync(Token));
        Assert.True(small.AnswerTooLarge && large.AnswerTooLarge);
    }

    [Fact]
    public async Task Calls_and_heads_share_the_socket()
    {
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            if (message.Contains("eth_subscribe", StringComparison.Ordinal))
            {
                await socket.SendAsync(Result(message, "\"0xcd\""));
                await socket.SendAsync(Head("0xcd", 1));
                await socket.SendAsync(Head("0xother", 9));
                await socket.SendAsync(Head("0xcd", 2));
            }
            else
            {
                await socket.SendAsync(Result(message, "\"0x7\""));
            }
        });
        await using RpcWebSocket webSocket = WebSocket(server);
        await using IAsyncEnumerator<RpcFeedItem<RpcHead>> heads = webSocket.ReadHeadsAsync(Token).GetAsyncEnumerator(Token);
        Assert.Equal(1UL, await NextNumberAsync(heads));
        Assert.Equal(7UL, await new RpcClient(webSocket, Options).ChainIdAsync(Token));
        Assert.Equal(2UL, await NextNumberAsync(heads));
        Assert.Single(server.Bodies);
    }

    [Fact]
    public async Task Feed_resumes_after_a_cut_and_says_what_may_be_missing()
    {
        RpcSocketServer? connected = null;
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            await socket.SendAsync(Result(message, "\"0xcd\""));
            await socket.SendAsync(Head("0xcd", socket.Number));
            connected = socket;
        });
        await using var webSocket = new RpcWebSocket("testnode", server.WebSocketUri, Options, new HurriedClock());
        await using IAsyncEnumerator<RpcFeedItem<RpcHead>> heads = webSocket.ReadHeadsAsync(Token).GetAsyncEnumerator(Token);
        Assert.Equal(1UL, await NextNumberAsync(heads));
        connected!.Cut();
        RpcFeedGap<RpcHead> lost = await NextGapAsync(heads);
        RpcFeedGap<RpcHead> back = await NextGapAsync(heads);
        Assert.Equal((RpcGapCause.Disconnected, RpcGapCause.Reconnected), (lost.Cause, back.Cause));
        Assert.Equal((lost.Since, lost.Reason), (back.Since, back.Reason));
        Assert.Equal(2UL, await NextNumberAsync(heads));
    }

    [Fact]
    public async Task Waits_between_tries_grow_and_begin_anew_when_values_come_again()
    {
        RpcSocketServer? connected = null;
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            if (socket.Number is 2 or 3 or 4)
            {
                socket.Cut();
                return;
            }

            await socket.SendAsync(Result(message, "\"0xcd\""));
            await socket.SendAsync(Head("0xcd", socket.Number));
            connected = socket;
        });
        var clock = new HurriedClock();
        await using var webSocket = new RpcWebSocket("testnode", server.WebSocketUri, Options, clock);
        await using IAsyncEnumerator<RpcFeedItem<RpcHead>> heads = webSocket.ReadHeadsAsync(Token).GetAsyncEnumerator(Token);
        foreach (ulong number in new ulong[] { 1, 5 })
        {
            Assert.Equal(number, await NextNumberAsync(heads));
            connected!.Cut();
            Assert.Equal(RpcGapCause.Disconnected, (await NextGapAsync(heads)).Cause);
            Assert.Equal(RpcGapCause.Reconnected, (await NextGapAsync(heads)).Cause);
        }

        Assert.Equal([250, 500, 1_000, 2_000, 250], clock.Waits.Select(wait => (int)wait.TotalMilliseconds));
    }

    [Fact]
    public async Task Slow_reader_is_told_what_it_missed_and_goes_on_with_the_newest()
    {
        const int Sent = 3_000;
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            await socket.SendAsync(Result(message, "\"0xcd\""));
            for (int i = 1; i <= Sent && message.Contains("eth_subscribe", StringComparison.Ordinal); i++)
            {
                await socket.SendAsync(Head("0xcd", i));
            }
        });
        await using RpcWebSocket webSocket = WebSocket(server);
        await using IAsyncEnumerator<RpcFeedItem<RpcHead>> heads = webSocket.ReadHeadsAsync(Token).GetAsyncEnumerator(Token);

        // On a busy machine the first that is read can already be the gap.
        Assert.True(await heads.MoveNextAsync());

        // Its answer comes after all the heads, which have been taken by then.
        await new RpcClient(webSocket, Options).ChainIdAsync(Token);
        ulong next = 1;
        int gaps = 0;
        while (true)
        {
            if (heads.Current is RpcFeedGap<RpcHead> gap)
            {
                Assert.Equal(RpcGapCause.Overflowed, gap.Cause);
                gaps++;
                next += (ulong)gap.Dropped;
            }
            else
            {
                Assert.Equal(next++, Assert.IsType<RpcFeedValue<RpcHead>>(heads.Current).Value.Number);
            }

            if (next > Sent)
                break;
            Assert.True(await heads.MoveNextAsync());
        }

        Assert.True(gaps > 0);
    }

    [Fact]
    public async Task Refused_first_subscription_is_the_error_of_the_node()
    {
        await using RpcTestServer server = await HandlingAsync((socket, message) => socket.SendAsync(
            $$$"""{"jsonrpc":"2.0","id":{{{IdOf(message)}}},"error":{"code":-32601,"message":"no"}}"""));
        await using RpcWebSocket webSocket = WebSocket(server);
        await using IAsyncEnumerator<RpcFeedItem<RpcHead>> heads = webSocket.ReadHeadsAsync(Token).GetAsyncEnumerator(Token);
        await Assert.ThrowsAsync<RpcErrorException>(async () => await heads.MoveNextAsync());
    }

    [Fact]
    public async Task Logs_are_subscribed_with_contracts_and_topics_and_unsubscribed_at_the_end()
    {
        var messages = new ConcurrentQueue<string>();
        string hash = "0x" + new string('a', 64);
        await using RpcTestServer server = await HandlingAsync(async (socket, message) =>
        {
            messages.Enqueue(message);
            await socket.SendAsync(Result(message, "\"0xcd\""));
            string place = $$"""
                "transactionHash":"{{hash}}","transactionIndex":"0x0","blockHash":"{{hash}}","blockNumber":"0x2","logIndex":"0x1"
                """;
            string log = $$"""{"address":"{{Address.Zero.ToHex()}}","topics":[],"data":"0x05","removed":true,{{place}}}""";
            await socket.SendAsync($"{{\"method\":\"eth_subscription\",\"params\":{{\"subscription\":\"0xcd\",\"result\":{log}}}}}");
        });
        await using RpcWebSocket webSocket = WebSocket(server);
        var filter = new RpcLogFilter { Addresses = [Address.Zero], Topics = [[Hash32.Zero]], From = 5 };
        await foreach (RpcFeedItem<RpcLog> item in webSocket.ReadLogsAsync(filter, Token))
        {
            Assert.True(Assert.IsType<RpcFeedValue<RpcLog>>(item).Value.Removed);
            break;
        }

        Assert.Equal(2, messages.Count);
        string[] sent = [.. messages];
        using JsonDocument subscribe = JsonDocument.Parse(sent[0]);
        Assert.Equal(
            $$"""["logs",{"address":["{{Address.Zero}}"],"topics":[["{{Hash32.Zero}}"]]}]""",
            subscribe.RootElement.GetProperty("params").GetRawText());
        Assert.Contains("\"eth_unsubscribe\",\"params\":[\"0xcd\"]", sent[1], StringComparison.Ordinal);
    }

    private static RpcWebSocket WebSocket(RpcTestServer server) => new("testnode", server.WebSocketUri, Options, TimeProvider.System);

    private static async Task<ulong> NextNumberAsync(IAsyncEnumerator<RpcFeedItem<RpcHead>> heads)
    {
        Assert.True(await heads.MoveNextAsync());
        return Assert.IsType<RpcFeedValue<RpcHead>>(heads.Current).Value.Number;
    }

    private static async Task<RpcFeedGap<RpcHead>> NextGapAsync(IAsyncEnumerator<RpcFeedItem<RpcHead>> heads)
    {
        Assert.True(await heads.MoveNextAsync());
        return Assert.IsType<RpcFeedGap<RpcHead>>(heads.Current);
    }

    private static async Task BecomesAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }
    }

    /// <summary>A clock whose waits, but for the timeouts of calls, are over at once and noted.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Waits { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Options.Timeout)
            {
                return base.CreateTimer(callback, state, dueTime, period);
            }

            Waits.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
