using Xunit;

namespace ChainExec.IntegrationTests.Api;

/// <summary>The decisions of an account's owner over HTTP: what is wrong with them is named.</summary>
public sealed class ApprovalApiTests(BadInputTests.Server server) : IClassFixture<BadInputTests.Server>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("approve", "{}", 400, "/otp")]
    [InlineData("approve", """{"otp": 123456}""", 400, "/otp")]
    [InlineData("approve", """{"otp": ""}""", 400, "/otp")]
    [InlineData("approve", """{"otp": "123456", "pin": "1"}""", 400, "/pin")]
    [InlineData("approve", """["123456"]""", 400, "")]
    [InlineData("reject", """{"reason": null}""", 400, "/reason")]
    public async Task What_is_wrong_is_named(string verb, string body, int status, string field)
    {
        ApiAnswer answer = await DecideAsync(await SubmitAsync(), verb, body);
        Assert.Equal(status, answer.Status);
        Assert.Equal([field], answer.Pointers);
    }

    [Theory]
    [InlineData("approve", """{"otp": "123456"}""")]
    [InlineData("reject", "{}")]
    public async Task Intent_that_nobody_is_asked_about_cannot_be_decided(string verb, string body)
    {
        ApiAnswer answer = await DecideAsync(await SubmitAsync(), verb, body);
        Assert.Equal((409, "approval_not_asked"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Unknown_intent_and_missing_key_are_refused()
    {
        const string body = """{"otp": "123456"}""";
        ApiAnswer unknown = await DecideAsync("int_01900000000000000000000000000000", "approve", body);
        Assert.Equal(404, unknown.Status);
        ApiAnswer keyless = await server.Client.SendAsync(
            HttpMethod.Post, $"/v1/intents/{await SubmitAsync()}/approve", body, [], Token);
        Assert.Equal((400, "idempotency_key_required"), (keyless.Status, keyless.Code));
    }

    private async Task<string> SubmitAsync()
    {
        string key = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        return (await server.Client.SubmitAsync(server.Client.Transfer("1"), key, Token)).Id;
    }

    private Task<ApiAnswer> DecideAsync(string intent, string verb, string body) => server.Client.SendAsync(
        HttpMethod.Post, $"/v1/intents/{intent}/{verb}", body, [("Idempotency-Key", "decide-1")], Token);
}
