using System.Text.Json;
using ChainExec.Facts;
using Xunit;

namespace ChainExec.IntegrationTests.Api;

public sealed class ReadTests : IAsyncLifetime
{
    private ApiServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync(Token);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/v1/intents")]
    [InlineData("/v1/intents/int_00000000000000000000000000000000")]
    [InlineData("/v1/call-types")]
    [InlineData("/v1/chains")]
    [InlineData("/v1/ledger/trial-balance")]
    [InlineData("/v1/ledger/accounts")]
    [InlineData("/v1/ledger/accounts/x/entries")]
    [InlineData("/v1/events")]
    public async Task Nothing_is_read_without_a_key(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Url, path));

        ApiAnswer answer = await _server.SendAsync(request, Token);

        Assert.Equal((401, "unauthorized", "application/problem+json"), (answer.Status, answer.Code, answer.MediaType));
    }

    [Theory]
    [InlineData("Bearer ce_wrong")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWxpY2U6c2VjcmV0")]
    public async Task A_wrong_key_is_nobodys(string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Url, "/v1/intents"));
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        Assert.Equal(401, (await _server.SendAsync(request, Token)).Status);
    }

    [Fact]
    public async Task Another_owners_intent_does_not_exist()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiClient bob = await _server.ClientAsync("bob", 2, 5_000_000, Token);
        string id = (await alice.SubmitAsync(alice.Transfer(), "k1", Token)).Id;

        ApiAnswer answer = await bob.GetAsync($"/v1/intents/{id}", Token);

        Assert.Equal((404, "not_found"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Another_owners_account_cannot_pay()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiClient bob = await _server.ClientAsync("bob", 2, 5_000_000, Token);

        ApiAnswer answer = await bob.SubmitAsync(alice.Transfer(), "k1", Token);

        Assert.Equal((400, "/account"), (answer.Status, Assert.Single(answer.Pointers)));
    }

    [Fact]
    public async Task Pages_show_each_intent_once_and_newest_first()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 50_000_000, Token);
        List<string> submitted = [];
        for (int index = 0; index < 5; index++)
            submitted.Insert(0, (await alice.SubmitAsync(alice.Transfer(), $"k{index}", Token)).Id);

        List<string> listed = [];
        string? cursor = null;
        do
        {
            JsonElement page = (await alice.GetAsync($"/v1/intents?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}", Token)).Json;
            listed.AddRange(page.GetProperty("data").EnumerateArray().Select(intent => intent.GetProperty("id").GetString()!));
            cursor = page.GetProperty("next_cursor").GetString();
            Assert.Equal(cursor is not null, page.GetProperty("has_more").GetBoolean());
        }
        while (cursor is not null);

        Assert.Equal(submitted, listed);
    }

    [Theory]
    [InlineData("status=created", 1)]
    [InlineData("status=confirmed", 0)]
    [InlineData("account=0x000000000000000000000000000000000000ac01", 1)]
    [InlineData("account=0x000000000000000000000000000000000000ac02", 0)]
    public async Task Lists_are_filtered(string filter, int expected)
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        await alice.SubmitAsync(alice.Transfer(), "k1", Token);

        JsonElement page = (await alice.GetAsync($"/v1/intents?{filter}", Token)).Json;

        Assert.Equal(expected, page.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData("/v1/intents?limit=0", "limit")]
    [InlineData("/v1/intents?limit=101", "limit")]
    [InlineData("/v1/intents?limit=ten", "limit")]
    [InlineData("/v1/intents?cursor=abc", "cursor")]
    [InlineData("/v1/intents?status=done", "status")]
    [InlineData("/v1/intents?account=bob", "account")]
    [InlineData("/v1/intents?state=created", "state")]
    [InlineData("/v1/intents?limit=1&limit=2", "limit")]
    [InlineData("/v1/events?after=7", "after")]
    [InlineData("/v1/ledger/accounts?cursor=x", "cursor")]
    [InlineData("/v1/ledger/trial-balance?scope=mine", "scope")]
    public async Task A_wrong_parameter_is_named(string path, string parameter)
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 0, Token);

        ApiAnswer answer = await alice.GetAsync(path, Token);

        Assert.Equal((400, "invalid_parameter"), (answer.Status, answer.Code));
        Assert.Equal(parameter, answer.Json.GetProperty("errors")[0].GetProperty("parameter").GetString());
    }

    [Fact]
    public async Task An_intent_shows_its_timeline_and_under_expand_its_executions()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        string id = (await alice.SubmitAsync(alice.Transfer(), "k1", Token)).Id;

        JsonElement plain = (await alice.GetAsync($"/v1/intents/{id}", Token)).Json;
        JsonElement expanded = (await alice.GetAsync($"/v1/intents/{id}?expand=executions", Token)).Json;

        Assert.Equal("created", plain.GetProperty("timeline")[0].GetProperty("step").GetString());
        Assert.False(plain.TryGetProperty("executions", out _));
        Assert.Empty(expanded.GetProperty("executions").EnumerateArray());
    }

    [Fact]
    public async Task The_books_show_only_ones_own()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        await _server.ClientAsync("bob", 2, 7_000_000, Token);

        JsonElement balance = (await alice.GetAsync("/v1/ledger/trial-balance", Token)).Json;

        Assert.All(
            balance.GetProperty("data").EnumerateArray(),
            row => Assert.EndsWith($"{alice.Owner:n}", row.GetProperty("owner").GetString(), StringComparison.Ordinal));
        Assert.Equal("5000000", balance.GetProperty("totals")[0].GetProperty("debits").GetString());
    }

    [Fact]
    public async Task The_whole_book_is_for_the_house_alone()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiClient house = await _server.ClientAsync("house", 2, 0, Token);

        ApiAnswer refused = await alice.GetAsync("/v1/ledger/trial-balance?scope=all", Token);
        JsonElement shown = (await house.GetAsync("/v1/ledger/trial-balance?scope=all", Token)).Json;

        Assert.Equal((403, "forbidden"), (refused.Status, refused.Code));
        Assert.Equal(2, shown.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_hold_lowers_what_is_available_and_not_the_balance()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        await alice.SubmitAsync(alice.Transfer(amount: "2000000"), "k1", Token);

        JsonElement customer = (await alice.GetAsync("/v1/ledger/accounts", Token)).Json.GetProperty("data").EnumerateArray()
            .Single(account => account.GetProperty("kind").GetString() == "liability");

        Assert.Equal(
            ("5000000", "2000000", "3000000"),
            (Text(customer, "balance"), Text(customer, "held"), Text(customer, "available")));
    }

    [Fact]
    public async Task Entries_are_found_by_id_and_by_code_and_by_their_owner_only()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiClient bob = await _server.ClientAsync("bob", 2, 0, Token);
        JsonElement account = (await alice.GetAsync("/v1/ledger/accounts", Token)).Json.GetProperty("data")[0];
        (string id, string code) = (account.GetProperty("id").GetString()!, account.GetProperty("code").GetString()!);

        ApiAnswer byId = await alice.GetAsync($"/v1/ledger/accounts/{id}/entries", Token);
        ApiAnswer byCode = await alice.GetAsync($"/v1/ledger/accounts/{Uri.EscapeDataString(code)}/entries", Token);

        Assert.Equal("5000000", byId.Json.GetProperty("data")[0].GetProperty("amount").GetString());
        Assert.Equal(byId.Body, byCode.Body);
        Assert.Equal(404, (await bob.GetAsync($"/v1/ledger/accounts/{id}/entries", Token)).Status);
    }

    [Fact]
    public async Task Events_are_the_owners_facts_in_order_and_go_on_from_a_cursor()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiClient bob = await _server.ClientAsync("bob", 2, 5_000_000, Token);
        string first = (await alice.SubmitAsync(alice.Transfer(), "k1", Token)).Id;
        await bob.SubmitAsync(bob.Transfer(), "k1", Token);
        await _server.Get<SequencerWorker>().RunTurnAsync(Token);
        JsonElement page = (await alice.GetAsync("/v1/events", Token)).Json;
        string second = (await alice.SubmitAsync(alice.Transfer(), "k2", Token)).Id;
        await _server.Get<SequencerWorker>().RunTurnAsync(Token);

        JsonElement next = (await alice.GetAsync($"/v1/events?after={page.GetProperty("next_cursor").GetString()}", Token)).Json;

        Assert.Equal(("intent.created", first), EventOf(Assert.Single(page.GetProperty("data").EnumerateArray())));
        Assert.Equal(("intent.created", second), EventOf(Assert.Single(next.GetProperty("data").EnumerateArray())));
    }

    [Fact]
    public async Task A_stream_tells_an_event_that_happens_while_it_is_open()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        using HttpRequestMessage request = alice.Request(HttpMethod.Get, "/v1/events", null, [("Accept", "text/event-stream")]);
        using HttpResponseMessage response = await _server.OpenAsync(request, Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));

        string id = (await alice.SubmitAsync(alice.Transfer(), "k1", Token)).Id;
        await _server.Get<SequencerWorker>().RunTurnAsync(Token);
        List<string> lines = [];
        while (!lines.Exists(line => line.StartsWith("data:", StringComparison.Ordinal)))
            lines.Add((await reader.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token))!);

        Assert.Contains("event: intent.created", lines);
        Assert.Contains(id, lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_names_what_is_not_well_and_shows_no_address()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Url, "/health/ready"));

        ApiAnswer answer = await _server.SendAsync(request, Token);

        Assert.Equal(503, answer.Status);
        Assert.Equal(
            ["database:ok", "index.local:failed", "signer:failed"],
            answer.Json.GetProperty("checks").EnumerateArray().Select(
                check => $"{check.GetProperty("name").GetString()}:{check.GetProperty("status").GetString()}"));
        Assert.DoesNotContain("127.0.0.1", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chains_name_their_providers_and_never_their_addresses()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 0, Token);

        ApiAnswer answer = await alice.GetAsync("/v1/chains", Token);

        JsonElement chain = answer.Json.GetProperty("data")[0];
        Assert.Equal((31337, "local"), (chain.GetProperty("chain").GetInt64(), Text(chain, "name")));
        Assert.DoesNotContain("127.0.0.1", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_types_come_with_the_schema_of_their_arguments()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 0, Token);

        JsonElement types = (await alice.GetAsync("/v1/call-types", Token)).Json.GetProperty("data");

        Assert.Equal(
            ["erc20.approve", "erc20.transfer", "native.transfer"], types.EnumerateArray().Select(type => Text(type, "name")));
        Assert.Equal("string", Text(types[1].GetProperty("schema").GetProperty("properties").GetProperty("amount"), "type"));
    }

    [Fact]
    public async Task A_simulation_without_a_node_says_so_and_may_be_repeated()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);

        ApiAnswer answer = await alice.SendAsync(HttpMethod.Post, "/v1/intents/simulate", alice.Transfer(), [], Token);

        Assert.Equal((503, "node_unavailable", true), (answer.Status, answer.Code, answer.Json.GetProperty("retryable").GetBoolean()));
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404, "not_found")]
    [InlineData("GET", "/", 404, "not_found")]
    [InlineData("DELETE", "/v1/intents", 405, "method_not_allowed")]
    public async Task What_does_not_exist_is_a_problem_too(string method, string path, int status, string code)
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 0, Token);

        ApiAnswer answer = await alice.SendAsync(new HttpMethod(method), path, body: null, [], Token);

        Assert.Equal((status, code, "application/problem+json"), (answer.Status, answer.Code, answer.MediaType));
    }

    [Fact]
    public async Task The_description_shows_the_body_of_a_submission_as_it_is_read()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Url, "/openapi/v1.json"));

        JsonElement document = (await _server.SendAsync(request, Token)).Json;

        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Equal(
            ["account", "after", "batch", "calls", "chain", "client_reference", "deadline", "max_total_fee", "on_revert", "priority"],
            schemas.GetProperty("IntentRequestBody").GetProperty("properties").EnumerateObject().Select(member => member.Name).Order());
        JsonElement args = schemas.GetProperty("CallRequestBody").GetProperty("properties").GetProperty("args");
        Assert.Equal(3, args.GetProperty("oneOf").GetArrayLength());
        Assert.Equal(
            ["block_number", "fee", "gas_used", "hash", "kind", "message"],
            schemas.GetProperty("OnChainRevertBody").GetProperty("properties").EnumerateObject().Select(member => member.Name).Order());
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private static (string? Type, string? Intent) EventOf(JsonElement happened) =>
        (happened.GetProperty("type").GetString(), happened.GetProperty("data").GetProperty("intent").GetString());
}
