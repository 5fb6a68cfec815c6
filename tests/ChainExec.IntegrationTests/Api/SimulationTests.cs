using System.Globalization;
using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Api;

public sealed class SimulationTests : IAsyncLifetime
{
    private AnvilNode _node = null!;
    private TestTokens _tokens = null!;
    private ApiServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await AnvilNode.StartAsync(new AnvilOptions(), Token);
        _tokens = await _node.DeployTokensAsync(Token);
        _server = await ApiServer.StartAsync(Token, _node.HttpUri, Address.Parse(_tokens.Tusd));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task What_would_succeed_shows_its_movement_and_its_price()
    {
        ApiClient alice = await FundedAsync();

        JsonElement answer = await SimulateAsync(alice, alice.Transfer(amount: "2000000"));

        Assert.True(answer.GetProperty("would_succeed").GetBoolean(), answer.ToString());
        JsonElement movement = Assert.Single(answer.GetProperty("expected_movements").EnumerateArray());
        Assert.Equal((ApiServer.Token, "2000000"), (movement.GetProperty("asset").GetString(), movement.GetProperty("amount").GetString()));
        JsonElement fee = answer.GetProperty("fee");
        Assert.Equal(
            Number(fee, "max_total_fee"), fee.GetProperty("gas_limit").GetInt64() * Number(fee, "max_fee_per_gas"));
        Assert.Equal(0, Number(fee, "data_fee"));
    }

    [Fact]
    public async Task What_the_token_would_refuse_shows_the_decoded_reason()
    {
        ApiClient alice = await FundedAsync();

        JsonElement answer = await SimulateAsync(alice, alice.Transfer(amount: "4000000"));

        Assert.Equal((false, "would_revert"), (answer.GetProperty("would_succeed").GetBoolean(), answer.GetProperty("reason").GetString()));
        string? message = answer.GetProperty("revert").GetProperty("message").GetString();
        Assert.StartsWith("ERC20InsufficientBalance(", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_little_money_in_the_books_is_told_beside_what_the_chain_says()
    {
        ApiClient alice = await FundedAsync();

        JsonElement answer = await SimulateAsync(alice, alice.Transfer(amount: "6000000"));

        Assert.Equal("insufficient_funds", answer.GetProperty("reason").GetString());
        Assert.False(answer.GetProperty("funds").GetProperty("sufficient").GetBoolean());
    }

    [Fact]
    public async Task A_simulation_stores_nothing()
    {
        ApiClient alice = await FundedAsync();

        await SimulateAsync(alice, alice.Transfer());

        Assert.Empty((await alice.GetAsync("/v1/intents", Token)).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task A_wrong_field_is_named_as_at_submission()
    {
        ApiClient alice = await FundedAsync();

        ApiAnswer answer = await alice.SendAsync(HttpMethod.Post, "/v1/intents/simulate", alice.Transfer(amount: "-1"), [], Token);

        Assert.Equal((400, "/calls/0/args/amount"), (answer.Status, Assert.Single(answer.Pointers)));
    }

    // In the books 5.00, on chain 3.00: each can refuse alone.
    private async Task<ApiClient> FundedAsync()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        await _node.MintAsync(_tokens.Tusd, $"{alice.Account}", 3_000_000, Token);
        return alice;
    }

    private static long Number(JsonElement element, string member) =>
        long.Parse(element.GetProperty(member).GetString()!, CultureInfo.InvariantCulture);

    private static async Task<JsonElement> SimulateAsync(ApiClient client, string body)
    {
        ApiAnswer answer = await client.SendAsync(HttpMethod.Post, "/v1/intents/simulate", body, [], Token);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }
}
