using System.Text.Json;
using ChainExec.Client;
using Xunit;

namespace ChainExec.IntegrationTests.Api;

/// <summary>The books over the API: posting by hand for the house, reads for everybody of what is theirs.</summary>
public sealed class LedgerApiTests : IAsyncLifetime
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private ApiServer _server = null!;
    private ApiClient _house = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ApiServer.StartAsync(Token);
        _house = await _server.ClientAsync("house", 9, 0, Token);
        foreach ((string code, string kind) in new[] { ("house:bank", "asset"), ("house:float", "equity"), ("house:fees", "income") })
            Assert.Equal(200, (await PostAsync("accounts", $$"""{"code": "{{code}}", "kind": "{{kind}}", "asset": "usd"}""", code)).Status);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Journal_answers_with_the_resulting_balances_and_again_under_its_key()
    {
        string body = Journal(100);

        ApiAnswer first = await PostAsync("transactions", body, "k1");
        ApiAnswer again = await PostAsync("transactions", body, "k1");

        Assert.Equal((201, 201, first.Body), (first.Status, again.Status, again.Body));
        Assert.True(again.Headers.ContainsKey("Idempotent-Replayed"));
        Assert.Equal(
            ["100", "100"],
            first.Json.GetProperty("entries").EnumerateArray().Select(one => one.GetProperty("balance_after").GetString()));
        Assert.Equal("100", (await _house.GetAsync("/v1/ledger/accounts/house:bank", Token)).Text("balance"));
    }

    [Fact]
    public async Task Proof_of_all_claims_is_for_the_house_and_has_each_term_with_its_items()
    {
        Assert.Equal(201, (await PostAsync("transactions", Journal(100), "k1")).Status);
        ApiClient alice = await _server.ClientAsync("alice", 1, 500, Token);
        Assert.Equal((403, "forbidden"), await CodeAsync(alice, "proof"));
        Assert.Equal((404, "not_found"), await CodeAsync(_house, "proof?asset=gold"));

        ApiAnswer answer = await _house.GetAsync("/v1/ledger/proof?asset=usd", Token);

        Assert.Equal(200, answer.Status);
        Assert.True(answer.Json.GetProperty("closes").GetBoolean());
        JsonElement usd = Assert.Single(answer.Json.GetProperty("assets").EnumerateArray());
        Assert.Equal(("100", "0"), (usd.GetProperty("assets").GetString(), usd.GetProperty("difference").GetString()));
        Assert.Contains(
            usd.GetProperty("terms").EnumerateArray(),
            term => term.GetProperty("kind").GetString() == "asset"
                && term.GetProperty("items")[0].GetProperty("account").GetString() == "house:bank");

        static async Task<(int, string?)> CodeAsync(ApiClient client, string what)
        {
            ApiAnswer refused = await client.GetAsync($"/v1/ledger/{what}", Token);
            return (refused.Status, refused.Code);
        }
    }

    [Theory]
    [InlineData("transactions")]
    [InlineData("holds")]
    [InlineData("accounts")]
    [InlineData("periods")]
    public async Task Only_the_house_writes_the_books(string what)
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 500, Token);

        ApiAnswer answer = await alice.SendAsync(HttpMethod.Post, $"/v1/ledger/{what}", Journal(1), [("Idempotency-Key", "k")], Token);

        Assert.Equal((403, "forbidden"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Key_is_required_and_belongs_to_one_body()
    {
        Assert.Equal(
            "idempotency_key_required", (await _house.SendAsync(HttpMethod.Post, "/v1/ledger/transactions", Journal(1), [], Token)).Code);
        await PostAsync("transactions", Journal(1), "k1");

        ApiAnswer other = await PostAsync("transactions", Journal(2), "k1");

        Assert.Equal((422, "idempotency_key_reused"), (other.Status, other.Code));
    }

    [Fact]
    public async Task Refusal_stays_the_answer_of_its_key()
    {
        await PostAsync("accounts/house:bank/change", """{"reason": "limit", "credits_must_not_exceed_debits": true}""", "limit");
        string taking = Journal(50, "house:float", "house:bank");

        ApiAnswer refused = await PostAsync("transactions", taking, "k1");
        await PostAsync("transactions", Journal(500), "funds");
        ApiAnswer again = await PostAsync("transactions", taking, "k1");
        ApiAnswer fresh = await PostAsync("transactions", taking, "k2");

        Assert.Equal((422, "insufficient_funds"), (refused.Status, refused.Code));
        Assert.Equal("insufficient_funds", again.Code);
        Assert.Equal(201, fresh.Status);
    }

    [Theory]
    [InlineData("""{"reason": "x", "entries": []}""", "/entries")]
    [InlineData("""{"entries": [{"account": "house:bank"}, {"account": "house:float", "side": "credit", "amount": "1"}]}""", "/reason")]
    [InlineData("""{"reason": "x", "entries": [{"account": "no", "side": "debit", "amount": "1"}, {}]}""", "/entries/0/account")]
    [InlineData("""{"reason": "x", "entries": [{"account": "house:bank", "side": "left", "amount": "1"}, {}]}""", "/entries/0/side")]
    [InlineData("""{"reason": "x", "entries": [{"account": "house:bank", "side": "debit", "amount": "1.5"}, {}]}""", "/entries/0/amount")]
    [InlineData("""{"reason": "x", "amount": "1"}""", "/amount")]
    [InlineData("""{"reason": "x", "effective_at": "yesterday", "reverses": "txn_1"}""", "/effective_at")]
    [InlineData("[]", "")]
    public async Task Wrong_field_is_named(string body, string at)
    {
        ApiAnswer answer = await PostAsync("transactions", body, "k1");

        Assert.Equal(400, answer.Status);
        Assert.Contains(at, answer.Pointers);
    }

    [Fact]
    public async Task Unbalanced_transaction_is_refused_and_burns_no_key()
    {
        const string body = """
            {"reason": "x", "entries": [{"account": "house:bank", "side": "debit", "amount": "2"},
             {"account": "house:float", "side": "credit", "amount": "1"}]}
            """;

        Assert.Equal("unbalanced", (await PostAsync("transactions", body, "k1")).Code);
        Assert.Equal(201, (await PostAsync("transactions", Journal(1), "k1")).Status);
    }

    [Fact]
    public async Task Dry_run_stores_nothing()
    {
        ApiAnswer dry = await PostAsync("transactions?dry_run=true", Journal(100), "k1");

        Assert.Equal((200, JsonValueKind.Null), (dry.Status, dry.Json.GetProperty("recorded_at").ValueKind));
        Assert.Equal("0", (await _house.GetAsync("/v1/ledger/accounts/house:bank", Token)).Text("balance"));
        Assert.Equal(201, (await PostAsync("transactions", Journal(70), "k1")).Status);
    }

    [Fact]
    public async Task Bulk_answers_each_and_names_the_culprit_of_a_group()
    {
        await PostAsync("accounts/house:bank/change", """{"reason": "limit", "credits_must_not_exceed_debits": true}""", "limit");
        string body = $$"""
            {"transactions": [{{Journal(100)}}, {{Journal(60, "house:float", "house:bank", "\"linked_to_next\": true,")}},
             {{Journal(60, "house:float", "house:bank")}}, {{Journal(40, "house:float", "house:bank")}}]}
            """;

        ApiAnswer answer = await PostAsync("transactions/bulk", body, "k1");

        JsonElement[] items = [.. answer.Json.GetProperty("data").EnumerateArray()];
        Assert.Equal(
            ["posted", "linked_failed", "insufficient_funds", "posted"], items.Select(item => item.GetProperty("code").GetString()));
        Assert.Equal(2, items[1].GetProperty("culprit").GetInt32());
        Assert.Equal("60", (await _house.GetAsync("/v1/ledger/accounts/house:bank", Token)).Text("balance"));
    }

    [Fact]
    public async Task Reversal_moves_back_once()
    {
        string id = (await PostAsync("transactions", Journal(100), "k1")).Id;

        ApiAnswer back = await PostAsync("transactions", $$"""{"reason": "wrong", "reverses": "{{id}}"}""", "k2");
        ApiAnswer more = await PostAsync("transactions", $$"""{"reason": "wrong", "reverses": "{{id}}"}""", "k3");

        Assert.Equal((201, "reversal_exceeds"), (back.Status, more.Code));
        Assert.Equal("0", (await _house.GetAsync("/v1/ledger/accounts/house:bank", Token)).Text("balance"));
        Assert.Single((await _house.GetAsync($"/v1/ledger/transactions?reverses={id}", Token)).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Client_holds_posts_in_part_and_gives_back()
    {
        var client = new ChainExecClient(_http, _server.Url, _house.Key, TimeProvider.System);
        await client.Ledger.PostAsync(Money(100), "funds", dryRun: false, Token);

        LedgerHold hold = await client.Ledger.HoldAsync(
            new PlaceHold("house:float", 60) { LastsSeconds = 600, ToAccount = "house:fees" }, "h1", Token);
        LedgerTransaction posted = await client.Ledger.PostHoldAsync(hold.Id, 25, null, "delivered", "p1", Token);
        LedgerHold after = await client.Ledger.VoidHoldAsync(hold.Id, "the rest is not wanted", "v1", Token);
        LedgerHold again = await client.Ledger.VoidHoldAsync(hold.Id, "the rest is not wanted", "v1", Token);

        Assert.Equal(("held", 60, "released", 25, "released"), (hold.State, (int)hold.Amount, after.State, (int)after.Posted, again.State));
        Assert.Equal("hold.post", posted.Kind);
        LedgerAccount left = await client.Ledger.GetAccountAsync("house:float", Token);
        Assert.Equal((75, 75), ((int)left.Balance, (int)left.Available));
        ChainExecException refused = await Assert.ThrowsAsync<ChainExecException>(
            () => client.Ledger.PostHoldAsync(hold.Id, null, null, "late", "p2", Token));
        Assert.Equal("hold_resolved", refused.Code);
    }

    [Fact]
    public async Task Hold_of_more_than_there_is_is_refused()
    {
        ApiAnswer answer = await PostAsync("holds", """{"account": "house:float", "amount": "1", "lasts_seconds": 60}""", "h1");

        Assert.Equal((422, "insufficient_funds"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Hold_of_an_intent_is_the_intents()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        await alice.SubmitAsync(alice.Transfer(), "k1", Token);
        JsonElement hold = (await alice.GetAsync("/v1/ledger/holds?open=true", Token)).Json.GetProperty("data")[0];

        ApiAnswer answer = await PostAsync($"holds/{hold.GetProperty("id").GetString()}/void", """{"reason": "let me"}""", "v1");

        Assert.Equal((422, "hold_of_an_intent"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Search_tells_an_owner_nothing_of_the_transactions_of_others()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 500, Token);
        foreach (int n in new[] { 1, 2, 3 })
            await PostAsync("transactions", Journal(n), $"k{n}");

        ApiAnswer page = await alice.GetAsync("/v1/ledger/transactions?limit=1", Token);

        Assert.False(page.Json.GetProperty("has_more").GetBoolean());
        Assert.Single(page.Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Hold_of_a_flow_is_the_flows()
    {
        await PostAsync("transactions", Journal(100), "k1");
        var hold = new Ledger.HoldId(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));
        await _server.Get<Storage.UnitOfWork>().RunAsync(
            async (session, token) => await _server.Get<Ledger.LedgerStore>().PlaceHoldAsync(
                session, new Ledger.HoldRequest(hold, "house:float", new TokenAmount(5)) { BoundTo = "flow:1:payout" }, token),
            Token);

        ApiAnswer free = await PostAsync($"holds/{hold}/void", """{"reason": "let me"}""", "v1");
        ApiAnswer spent = await PostAsync($"holds/{hold}/post", """{"reason": "let me", "to_account": "house:fees"}""", "p1");

        Assert.Equal((422, "hold_of_other_work"), (free.Status, free.Code));
        Assert.Equal((422, "hold_of_other_work"), (spent.Status, spent.Code));
    }

    [Fact]
    public async Task Statement_adds_up_on_every_page_and_as_a_table()
    {
        var client = new ChainExecClient(_http, _server.Url, _house.Key, TimeProvider.System);
        await client.Ledger.PostAsync(Money(7), "before", dryRun: false, Token);
        DateTimeOffset from = TimeProvider.System.GetUtcNow();
        for (int n = 1; n <= 120; n++)
            await client.Ledger.PostAsync(Money(n), $"k{n}", dryRun: false, Token);
        DateTimeOffset to = TimeProvider.System.GetUtcNow();
        await client.Ledger.PostAsync(Money(9), "after", dryRun: false, Token);

        LedgerStatement page = await client.Ledger.StatementAsync("house:bank", from, to, null, Token);
        LedgerStatement next = await client.Ledger.StatementAsync("house:bank", from, to, page.NextCursor, Token);
        ApiAnswer csv = await _house.GetAsync(
            $"/v1/ledger/accounts/house:bank/statement?from={Escaped(from)}&to={Escaped(to)}&format=csv", Token);

        Assert.Equal((7, 7 + (120 * 121 / 2), 120L), ((int)page.Opening, (int)page.Closing, page.EntryCount));
        Assert.Equal((100, 20, null), (page.Data.Count, next.Data.Count, next.NextCursor));
        Assert.Equal(page.Closing, page.Data.Concat(next.Data).Aggregate(page.Opening, (sum, one) => sum + one.Amount));
        string[] lines = csv.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(123, lines.Length);
        Assert.EndsWith("opening,,,7", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("closing,,,7267", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Balance_at_a_moment_is_what_was_recorded_or_what_had_happened()
    {
        await PostAsync("transactions", Journal(10), "k1");
        string at = Escaped(TimeProvider.System.GetUtcNow());
        await PostAsync("transactions", Journal(5, extra: "\"effective_at\": \"2026-01-01T00:00:00Z\","), "k2");

        Assert.Equal("10", (await _house.GetAsync($"/v1/ledger/accounts/house:bank?at={at}", Token)).Text("balance"));
        Assert.Equal("15", (await _house.GetAsync($"/v1/ledger/accounts/house:bank?at={at}&basis=effective", Token)).Text("balance"));
        Assert.Equal(400, (await _house.GetAsync("/v1/ledger/accounts/house:bank?at=2999-01-01T00:00:00Z", Token)).Status);
    }

    [Fact]
    public async Task Period_is_closed_by_two_and_refuses_what_is_effective_in_it()
    {
        ApiClient second = await _server.ClientAsync("house", 9, 0, Token);
        string id = (await PostAsync("periods", """{"until": "2026-01-01T00:00:00Z", "reason": "year end"}""", "p1")).Id;

        ApiAnswer same = await PostAsync($"periods/{id}/approve", "{}", "a1");
        ApiAnswer other = await second.SendAsync(
            HttpMethod.Post, $"/v1/ledger/periods/{id}/approve", "{}", [("Idempotency-Key", "a2")], Token);
        ApiAnswer late = await PostAsync("transactions", Journal(5, extra: "\"effective_at\": \"2025-12-31T00:00:00Z\","), "k1");

        Assert.Equal(("same_person", 200, "period_closed"), (same.Code, other.Status, late.Code));
    }

    [Fact]
    public async Task Another_owners_account_and_transaction_do_not_exist()
    {
        await _server.ClientAsync("alice", 1, 500, Token);
        ApiClient bob = await _server.ClientAsync("bob", 2, 500, Token);
        string id = (await PostAsync("transactions", Journal(100), "k1")).Id;

        const string statement = "accounts/house:bank/statement?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
        foreach (string path in new[] { "accounts/house:bank", $"transactions/{id}", statement })
            Assert.Equal(404, (await bob.GetAsync($"/v1/ledger/{path}", Token)).Status);
    }

    [Fact]
    public async Task Every_journal_is_audited_once()
    {
        await PostAsync("transactions", Journal(100), "k1");
        await PostAsync("transactions", Journal(100), "k1");

        await using var connection = new Npgsql.NpgsqlConnection(_server.Database.ReadConnectionString);
        await connection.OpenAsync(Token);
        const string sql = "select count(*) from governance.audit where action = 'journal.post'";
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        Assert.Equal(1L, await command.ExecuteScalarAsync(Token));
        Assert.Empty(await _server.Get<Ledger.LedgerVerifier>().VerifyAsync(Token));
    }

    private static string Escaped(DateTimeOffset moment) =>
        Uri.EscapeDataString(moment.ToString("O", System.Globalization.CultureInfo.InvariantCulture));

    private Task<ApiAnswer> PostAsync(string what, string body, string key) =>
        _house.SendAsync(HttpMethod.Post, $"/v1/ledger/{what}", body, [("Idempotency-Key", key)], Token);

    private static JournalTransaction Money(long amount) => new(
        "test", [new JournalEntry("house:bank", "debit", amount), new JournalEntry("house:float", "credit", amount)]);

    private static string Journal(long amount, string debit = "house:bank", string credit = "house:float", string extra = "") => $$"""
        { {{extra}} "reason": "test", "entries": [{"account": "{{debit}}", "side": "debit", "amount": "{{amount}}"},
         {"account": "{{credit}}", "side": "credit", "amount": "{{amount}}"}]}
        """;
}
