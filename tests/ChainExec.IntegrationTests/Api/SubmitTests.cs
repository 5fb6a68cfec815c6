using System.Text.Json;
using Xunit;

namespace ChainExec.IntegrationTests.Api;

public sealed class SubmitTests : IAsyncLifetime
{
    private ApiServer _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await ApiServer.StartAsync(Token);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_admitted_intent_is_answered_with_201_and_its_address()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);

        ApiAnswer answer = await alice.SubmitAsync(alice.Transfer(reference: "inv-1"), "k1", Token);

        Assert.Equal(201, answer.Status);
        Assert.Equal($"/v1/intents/{answer.Id}", answer.Headers["Location"]);
        Assert.Equal("created", answer.Text("status"));
        Assert.Equal("1234", answer.Json.GetProperty("calls")[0].GetProperty("context").GetProperty("invoice").GetString());
    }

    [Fact]
    public async Task What_was_answered_and_what_is_read_later_agree()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiAnswer first = await alice.SubmitAsync(alice.Transfer(reference: "inv-1"), "k1", Token);
        string extra = $", \"after\": \"{first.Id}\", \"deadline\": \"2099-01-01T00:00:00Z\"";
        string second = (await alice.SubmitAsync(alice.Transfer(reference: "inv-2", extra: extra), "k2", Token)).Body;

        JsonElement answered = JsonSerializer.Deserialize<JsonElement>(second);
        JsonElement read = (await alice.GetAsync($"/v1/intents/{answered.GetProperty("id").GetString()}", Token)).Json;

        Assert.All(
            answered.EnumerateObject().Where(member => member.Name != "updated_at"),
            member => Assert.True(JsonElement.DeepEquals(member.Value, read.GetProperty(member.Name)), $"{member} / {read}"));
    }

    [Fact]
    public async Task The_same_request_again_gets_the_first_answer_word_for_word()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiAnswer first = await alice.SubmitAsync(alice.Transfer(), "k1", Token);

        ApiAnswer again = await alice.SubmitAsync(alice.Transfer(), "k1", Token);

        Assert.Equal((201, first.Body, "true"), (again.Status, again.Body, again.Headers["Idempotent-Replayed"]));
    }

    [Fact]
    public async Task A_key_with_another_body_is_refused()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiAnswer first = await alice.SubmitAsync(alice.Transfer(), "k1", Token);

        ApiAnswer other = await alice.SubmitAsync(alice.Transfer(amount: "2"), "k1", Token);

        Assert.Equal((422, "idempotency_key_reused", first.Id), (other.Status, other.Code, other.Text("intent")));
    }

    [Fact]
    public async Task A_client_reference_is_used_once_for_ever()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiAnswer first = await alice.SubmitAsync(alice.Transfer(reference: "inv-1"), "k1", Token);

        ApiAnswer other = await alice.SubmitAsync(alice.Transfer(reference: "inv-1"), "k2", Token);

        Assert.Equal((409, "client_reference_used", first.Id), (other.Status, other.Code, other.Text("intent")));
    }

    [Fact]
    public async Task Two_clients_may_use_one_key_and_one_reference()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);
        ApiClient bob = await _server.ClientAsync("bob", 2, 5_000_000, Token);
        await alice.SubmitAsync(alice.Transfer(reference: "inv-1"), "k1", Token);

        Assert.Equal(201, (await bob.SubmitAsync(bob.Transfer(reference: "inv-1"), "k1", Token)).Status);
    }

    [Fact]
    public async Task Thirty_two_duplicates_at_once_become_one_intent()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);

        ApiAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => alice.SubmitAsync(alice.Transfer(), "k1", Token)));

        Assert.Single(answers.Where(answer => answer.Status == 201).Select(answer => answer.Body).Distinct());
        Assert.All(answers, answer => Assert.True(answer.Status == 201 || answer.Code == "still_running", answer.Body));
        Assert.Single((await alice.GetAsync("/v1/intents", Token)).Json.GetProperty("data").EnumerateArray());
    }

    [Fact]
    public async Task Without_funds_nothing_is_admitted_and_the_key_stays_free()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);

        ApiAnswer refused = await alice.SubmitAsync(alice.Transfer(amount: "5000001"), "k1", Token);
        ApiAnswer admitted = await alice.SubmitAsync(alice.Transfer(amount: "5000000"), "k1", Token);

        Assert.Equal((422, "insufficient_funds", 201), (refused.Status, refused.Code, admitted.Status));
        Assert.Equal(["/calls/0/args/amount"], refused.Pointers);
    }

    [Fact]
    public async Task Two_payments_cannot_both_have_the_last_money()
    {
        ApiClient alice = await _server.ClientAsync("alice", 1, 5_000_000, Token);

        ApiAnswer[] answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(index => alice.SubmitAsync(alice.Transfer(amount: "3000000"), $"k{index}", Token)));

        Assert.Single(answers, answer => answer.Status == 201);
    }
}
