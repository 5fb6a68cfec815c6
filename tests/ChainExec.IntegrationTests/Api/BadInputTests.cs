using System.Text;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Api;

/// <summary>Whatever is wrong with a request: it is named by its pointer, nothing is stored, and the key is not burned.</summary>
public sealed class BadInputTests(BadInputTests.Server server) : IClassFixture<BadInputTests.Server>
{
    private const string Good = "\"1000000\"";
    private const string To = "\"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"";

    private static int s_keys;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("12", "/calls/0/args/recipient", "invalid_type")]
    [InlineData("null", "/calls/0/args/recipient", "invalid_type")]
    [InlineData("\"\"", "/calls/0/args/recipient", "invalid_address")]
    [InlineData("\"0x1234\"", "/calls/0/args/recipient", "invalid_address")]
    [InlineData("\"70997970C51812dc3A010C7d01b50e0d17dc79C8\"", "/calls/0/args/recipient", "invalid_address")]
    [InlineData("\"0x70997970C51812dc3A010C7d01b50e0d17dc79Cg\"", "/calls/0/args/recipient", "invalid_address")]
    [InlineData("\"0x70997970c51812dc3A010C7d01b50e0d17dc79C8\"", "/calls/0/args/recipient", "invalid_address")]
    [InlineData("\"0x0000000000000000000000000000000000000000\"", "/calls/0/args/recipient", "zero_address")]
    [InlineData("\"0x5FbDB2315678afecb367f032d93F642f64180aa3\"", "/calls/0/args/recipient", "recipient_is_token")]
    public Task A_wrong_recipient_is_named(string recipient, string field, string code) =>
        RefusesAsync(Body(recipient: recipient), 400, field, code);

    [Theory]
    [InlineData("1000000", "invalid_type")]
    [InlineData("1.5", "invalid_type")]
    [InlineData("true", "invalid_type")]
    [InlineData("{}", "invalid_type")]
    [InlineData("\"-1\"", "amount_negative")]
    [InlineData("\"1.5\"", "amount_fractional")]
    [InlineData("\"0\"", "amount_zero")]
    [InlineData("\"1e6\"", "invalid_amount")]
    [InlineData("\"0x10\"", "invalid_amount")]
    [InlineData("\"007\"", "invalid_amount")]
    [InlineData("\" 1\"", "invalid_amount")]
    [InlineData("\"1,000\"", "invalid_amount")]
    [InlineData("\"\"", "invalid_amount")]
    [InlineData("\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"", "amount_too_large")]
    [InlineData("\"9999999999999999999999999999999999999999999999999999999999999999999999999999999999\"", "amount_too_large")]
    public Task A_wrong_amount_is_named(string amount, string code) =>
        RefusesAsync(Body(amount: amount), 400, "/calls/0/args/amount", code);

    [Theory]
    [InlineData("\"0x1234\"", "/account", "invalid_address")]
    [InlineData("\"0x000000000000000000000000000000000000Ac99\"", "/account", "invalid_address")]
    [InlineData("\"0x000000000000000000000000000000000000ac99\"", "/account", "unknown_account")]
    [InlineData("\"acc_00000000000000000000000000000000\"", "/account", "unknown_account")]
    [InlineData("7", "/account", "invalid_type")]
    public Task A_wrong_account_is_named(string account, string field, string code) =>
        RefusesAsync(Body(account: account), 400, field, code);

    [Theory]
    [InlineData("1", "unknown_chain")]
    [InlineData("\"ethereum\"", "unknown_chain")]
    [InlineData("1e300", "unknown_chain")]
    [InlineData("-31337", "unknown_chain")]
    [InlineData("[31337]", "invalid_type")]
    public Task A_wrong_chain_is_named(string chain, string code) => RefusesAsync(Body(chain: chain), 400, "/chain", code);

    [Theory]
    [InlineData("\"client_reference\": \"\"", "/client_reference", "invalid_text")]
    [InlineData("\"client_reference\": 5", "/client_reference", "invalid_text")]
    [InlineData("\"client_reference\": \"a\\u0000b\"", "/client_reference", "invalid_text")]
    [InlineData("\"client_reference\": \"\\ud800\"", "/client_reference", "invalid_text")]
    [InlineData("\"deadline\": \"tomorrow\"", "/deadline", "invalid_deadline")]
    [InlineData("\"deadline\": \"2001-01-01T00:00:00Z\"", "/deadline", "deadline_passed")]
    [InlineData("\"max_total_fee\": \"-1\"", "/max_total_fee", "amount_negative")]
    [InlineData("\"max_total_fee\": 1", "/max_total_fee", "invalid_type")]
    [InlineData("\"after\": \"nothing\"", "/after/0", "invalid_intent")]
    [InlineData("\"after\": [\"int_00000000000000000000000000000000\"]", "/after/0", "unknown_intent")]
    [InlineData("\"after\": {}", "/after", "invalid_after")]
    [InlineData("\"nonce\": 3", "/nonce", "unknown_field")]
    [InlineData("\"chain\": 31337", "/chain", "duplicate_field")]
    public Task A_wrong_member_is_named(string member, string field, string code) =>
        RefusesAsync(Body(extra: $", {member}"), 400, field, code);

    [Theory]
    [InlineData("\"tags\": \"invoice\"", "/calls/0/tags", "invalid_tags")]
    [InlineData("\"tags\": [1]", "/calls/0/tags", "invalid_tags")]
    [InlineData("\"category\": []", "/calls/0/category", "invalid_text")]
    [InlineData("\"context\": \"text\"", "/calls/0/context", "invalid_context")]
    [InlineData("\"context\": {\"a\": \"\\u0000\"}", "/calls/0/context/a", "invalid_text")]
    [InlineData("\"context\": {\"a\": 1e9999}", "/calls/0/context/a", "invalid_number")]
    [InlineData("\"context\": {\"a\": 1, \"a\": 2}", "/calls/0/context/a", "duplicate_field")]
    [InlineData("\"value\": \"1\"", "/calls/0/value", "unknown_field")]
    public Task A_wrong_member_of_a_call_is_named(string member, string field, string code) =>
        RefusesAsync(Body(callExtra: $", {member}"), 400, field, code);

    [Theory]
    [InlineData("\"erc20.burn\"", "/calls/0/type", "unknown_call_type")]
    [InlineData("9", "/calls/0/type", "unknown_call_type")]
    public Task A_wrong_call_type_is_named(string type, string field, string code) => RefusesAsync(Body(type: type), 400, field, code);

    [Fact]
    public Task A_token_that_is_not_listed_is_named() => RefusesAsync(
        Body(token: "\"0x450641dDCBD229b023756eb73f73e1fbcB300000\"".ToLowerInvariant()), 400, "/calls/0/args/token", "unlisted_token");

    [Fact]
    public Task Two_calls_from_one_externally_owned_account_are_refused()
    {
        string call = Call("\"erc20.transfer\"", ListedToken(), To, Good, "");
        string body = $$"""{"chain": 31337, "account": "{{server.Client.Account}}", "calls": [{{call}}, {{call}}]}""";
        return RefusesAsync(body, 422, "/calls", "account_cannot_batch");
    }

    [Theory]
    [InlineData("{}", "/chain")]
    [InlineData("[]", "")]
    [InlineData("5", "")]
    [InlineData("null", "")]
    [InlineData("{\"chain\": 31337, \"account\": \"acc_00000000000000000000000000000000\", \"calls\": []}", "/calls")]
    [InlineData("{\"chain\": 31337, \"account\": \"acc_00000000000000000000000000000000\", \"calls\": [7]}", "/calls/0")]
    public async Task A_body_of_another_shape_is_refused(string body, string field) =>
        Assert.Contains(field, (await RefusesAsync(body, 400, code: "invalid_request")).Pointers);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"chain\": 31337,}")]
    [InlineData("chain=31337")]
    [InlineData("{} {}")]
    [InlineData("{\"chain\": NaN}")]
    public Task A_body_that_is_no_json_is_refused(string body) => RefusesAsync(body, 400, code: "invalid_json");

    [Fact]
    public Task A_body_nested_too_deep_is_refused()
    {
        string deep = $"{string.Concat(Enumerable.Repeat("{\"a\":", 40))}1{new string('}', 40)}";
        return RefusesAsync(Body(callExtra: $", \"context\": {deep}"), 400, code: "invalid_json");
    }

    [Fact]
    public Task A_context_that_is_too_long_is_named() => RefusesAsync(
        Body(callExtra: $", \"context\": {{\"a\": \"{new string('x', 9000)}\"}}"), 400, "/calls/0/context", "invalid_context");

    [Fact]
    public Task A_body_that_is_too_long_is_refused() => RefusesAsync(
        Body(extra: $", \"client_reference\": \"{new string('x', 300_000)}\""), 413, code: "body_too_large");

    [Fact]
    public async Task A_long_body_of_unknown_length_is_refused()
    {
        using HttpRequestMessage request = server.Client.Request(HttpMethod.Post, "/v1/intents", null, [("Idempotency-Key", "chunked")]);
        request.Content = new StreamContent(new MemoryStream(new byte[400_000]));
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = true;

        ApiAnswer answer = await server.Api.SendAsync(request, Token);

        Assert.Equal((413, "body_too_large", "application/problem+json"), (answer.Status, answer.Code, answer.MediaType));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Another_media_type_is_refused(string mediaType)
    {
        using HttpRequestMessage request = server.Client.Request(HttpMethod.Post, "/v1/intents", null, [("Idempotency-Key", "media")]);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body()));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);

        ApiAnswer answer = await server.Api.SendAsync(request, Token);

        Assert.Equal((415, "unsupported_media_type"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Without_an_idempotency_key_nothing_is_admitted()
    {
        ApiAnswer answer = await server.Client.SendAsync(HttpMethod.Post, "/v1/intents", Body(), [], Token);

        Assert.Equal((400, "idempotency_key_required"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("")]
    [InlineData(null)]
    public async Task An_idempotency_key_of_another_form_is_refused(string? key)
    {
        ApiAnswer answer = await server.Client.SubmitAsync(Body(), key ?? new string('k', 256), Token);

        Assert.Equal((400, "idempotency_key_invalid"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Every_wrong_field_is_named_at_once()
    {
        ApiAnswer answer = await server.Client.SubmitAsync(Body(chain: "1", recipient: "\"0x12\"", amount: "\"-1\""), "many", Token);

        Assert.Equal(["/chain", "/calls/0/args/recipient", "/calls/0/args/amount"], answer.Pointers);
    }

    // The one helper: refused as said, nothing stored, and the key still good for the right body.
    private async Task<ApiAnswer> RefusesAsync(string body, int status, string? field = null, string? code = null)
    {
        string key = $"bad-{Interlocked.Increment(ref s_keys)}";
        long before = await server.RowsAsync();

        ApiAnswer answer = await server.Client.SubmitAsync(body, key, Token);

        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.MediaType));
        if (field is null)
            Assert.Equal(code, answer.Code);
        else
            Assert.Contains((field, code), answer.Json.GetProperty("errors").EnumerateArray().Select(
                error => (error.GetProperty("pointer").GetString(), error.GetProperty("code").GetString())));
        Assert.NotNull(answer.Text("request_id"));
        Assert.Equal(before, await server.RowsAsync());
        Assert.Equal(201, (await server.Client.SubmitAsync(Body(), key, Token)).Status);
        return answer;
    }

    private string Body(
        string chain = "31337", string? account = null, string type = "\"erc20.transfer\"", string? token = null, string recipient = To,
        string amount = Good, string extra = "", string callExtra = "")
    {
        string call = Call(type, token ?? ListedToken(), recipient, amount, callExtra);
        string from = account ?? $"\"{server.Client.Account}\"";
        return $$$"""{"chain": {{{chain}}}, "account": {{{from}}}, "calls": [{{{call}}}]{{{extra}}} }""";
    }

    private static string ListedToken() => $"\"{ApiServer.TokenContract}\"";

    private static string Call(string type, string token, string recipient, string amount, string extra) =>
        $$$"""{"type": {{{type}}}, "args": {"token": {{{token}}}, "recipient": {{{recipient}}}, "amount": {{{amount}}} }{{{extra}}} }""";

    public sealed class Server : IAsyncLifetime
    {
        internal ApiServer Api { get; private set; } = null!;

        internal ApiClient Client { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Api = await ApiServer.StartAsync(TestContext.Current.CancellationToken);
            Client = await Api.ClientAsync("alice", 1, 1_000_000_000, TestContext.Current.CancellationToken);
        }

        public ValueTask DisposeAsync() => Api.DisposeAsync();

        internal async Task<long> RowsAsync()
        {
            await using NpgsqlConnection connection = new(Api.Database.OwnerConnectionString);
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            const string sql = """
                select (select count(*) from admission.request) + (select count(*) from execution.intent)
                       + (select count(*) from ledger.hold) + (select count(*) from calls.call)
                       + (select count(*) from facts.pending) + (select count(*) from facts.stream)
                """;
            await using NpgsqlCommand command = new(sql, connection);
            return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        }
    }
}
