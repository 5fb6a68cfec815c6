using ChainExec.Client;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Api;

public sealed class ClientTests : IAsyncLifetime
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseCookies = false });
    private ApiServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync(Token);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_was_submitted_can_be_read()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ChainExecClient client = ClientOf(alice);

        SubmittedIntent submitted = await client.SubmitIntentAsync(Payment(alice, 1_000_000), null, Token);
        Intent read = await client.GetIntentAsync(submitted.Intent.Id, Token);

        Assert.Equal((IntentStatus.Created, 1_000_000), (read.Status, (long)read.Calls[0].ExpectedMovements[0].Amount));
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_again_and_makes_no_second_intent()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        await using TcpProxy proxy = TcpProxy.Start(_server.Url.Port);
        proxy.CutAfterClientSends("erc20.transfer"u8.ToArray(), "201 Created"u8.ToArray());

        SubmittedIntent submitted = await ClientOf(alice, new Uri($"http://127.0.0.1:{proxy.Port}")).SubmitIntentAsync(
            Payment(alice, 1_000_000), null, Token);

        Assert.True(submitted.Replayed);
        Assert.Single((await alice.GetAsync("/v1/intents", Token)).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task A_refusal_is_typed_and_names_the_field()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);

        ChainExecException refusal = await Assert.ThrowsAsync<ChainExecException>(
            () => ClientOf(alice).SubmitIntentAsync(Payment(alice, 6_000_000), null, Token));

        Assert.Equal((422, "insufficient_funds", "/calls/0/args/amount"), (refusal.Status, refusal.Code, refusal.Errors[0].Field));
    }

    [Fact]
    public async Task A_list_goes_on_over_its_pages()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 200_000_000, Token);
        ChainExecClient client = ClientOf(alice);
        for (int index = 0; index < 101; index++)
            await client.SubmitIntentAsync(Payment(alice, 1_000), null, Token);

        Assert.Equal(101, await client.ListIntentsAsync(null, null, Token).Select(intent => intent.Id).Distinct().CountAsync(Token));
    }

    [Fact]
    public async Task A_wait_ends_in_time_when_nothing_happens()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ChainExecClient client = ClientOf(alice);
        SubmittedIntent submitted = await client.SubmitIntentAsync(Payment(alice, 1_000_000), null, Token);

        await Assert.ThrowsAsync<TimeoutException>(
            () => client.WaitForAsync(submitted.Intent.Id, new HashSet<string>(), TimeSpan.FromMilliseconds(300), Token));
    }

    [Fact]
    public async Task Nobody_there_is_unreachable()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 0, Token);

        ChainExecException failure = await Assert.ThrowsAsync<ChainExecException>(
            () => ClientOf(alice, new Uri("http://127.0.0.1:1")).ChainsAsync(Token));

        Assert.Equal(("unreachable", 0), (failure.Code, failure.Status));
    }

    private static SubmitIntent Payment(ApiClient client, long amount) => new()
    {
        Chain = ApiServer.Chain,
        Account = client.Account.ToString(),
        Calls = [SubmitCall.Erc20Transfer(ApiServer.TokenContract.ToString(), ApiServer.Recipient.ToString(), amount)],
    };

    private ChainExecClient ClientOf(ApiClient client, Uri? address = null) =>
        new(_http, address ?? _server.Url, client.Key, TimeProvider.System);
}
