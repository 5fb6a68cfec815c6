using System.Net;

namespace ChainExec.Signer.Tests;

/// <summary>What the running signer does not let in; one process for all of them, because none changes it.</summary>
public sealed class SignerHttpTests(SignerHttpTests.RunningSigner running) : IClassFixture<SignerHttpTests.RunningSigner>
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Basic 0123456789abcdef0123456789abcdef-token")]
    public async Task Request_without_the_token_is_refused(string? authorization)
    {
        using HttpMessageInvoker http = running.Signer.Http();
        foreach (string path in new[] { "/v1/health", "/v1/journal", "/v1/sign", "/nothing" })
        {
            (HttpStatusCode status, string body) = await SignerProcess.SendAsync(http, HttpMethod.Get, path, null, authorization);
            Assert.Equal(HttpStatusCode.Unauthorized, status);
            Assert.Contains("unauthorized", body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"chain_id\":31337", "\"chain_id\":0", "chain_id")]
    [InlineData("\"chain_id\":31337", "\"chain_id\":-1", "$.chain_id")]
    [InlineData("\"nonce\":0", "\"nonce\":18446744073709551615", "nonce")]
    [InlineData("\"value\":\"0\"", "\"value\":\"-1\"", "value")]
    [InlineData("\"value\":\"0\"", "\"value\":\"0x1\"", "value")]
    [InlineData("\"value\":\"0\"", "\"value\":0", "$.value")]
    [InlineData("\"data\":\"0x\"", "\"data\":\"0xabc\"", "data")]
    [InlineData("\"gas_limit\":21000", "\"gas_limit\":20999", "gas_limit")]
    [InlineData("\"max_priority_fee_per_gas\":\"1\"", "\"max_priority_fee_per_gas\":\"3\"", "max_priority_fee_per_gas")]
    [InlineData("\"family\":\"F1\"", "\"family\":\"F 1\"", "family")]
    [InlineData("\"carrier\":\"C1\"", "\"carrier\":\"\"", "carrier")]
    [InlineData("\"epoch\":1", "\"epoch\":-1", "epoch")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"digest\"", "purpose")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"digest\":\"0x00\"", "$")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":[]", "members must be 1 to 100")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":[\"F2\",\"F 3\"]", "members[1] must be 1 to 128")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":[\"F2\",\"\"]", "members[1] must be 1 to 128")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":[null]", "members[0] must be 1 to 128")]
    [InlineData(
        "\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":[\"F2\",\"F3\",\"F2\"]", "members names a family in two places")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":[\"F2\",\"F1\"]", "members names the batch")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":\"F2\"", "$.members")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"intent\",\"members\":[2]", "$.members[0]")]
    [InlineData("\"purpose\":\"intent\"", "\"purpose\":\"fill\",\"members\":[\"F2\"]", "members are for the purpose intent only")]
    [InlineData("\"epoch\":1,", "", "$")]
    [InlineData("\"epoch\":1,", "\"epoch\":1,\"epoch\":1,", "$")]
    public async Task Malformed_request_is_answered_with_400_naming_the_field(string correct, string wrong, string field)
    {
        const string body = """
            {"chain_id":31337,"sender":"SENDER","nonce":0,"to":"0x0000000000000000000000000000000000000b0b","value":"0","data":"0x",
            "gas_limit":21000,"max_fee_per_gas":"2","max_priority_fee_per_gas":"1",
            "family":"F1","carrier":"C1","epoch":1,"purpose":"intent"}
            """;
        string whole = body.Replace("SENDER", Ask.Alice.ToString(), StringComparison.Ordinal);
        Assert.Contains(correct, whole, StringComparison.Ordinal);
        using HttpMessageInvoker http = running.Signer.Http();

        (HttpStatusCode accepted, _) = await SignerProcess.SendAsync(
            http, HttpMethod.Post, "/v1/sign", whole, "Bearer " + SignerProcess.Token);
        (HttpStatusCode status, string answer) = await SignerProcess.SendAsync(
            http, HttpMethod.Post, "/v1/sign", whole.Replace(correct, wrong, StringComparison.Ordinal), "Bearer " + SignerProcess.Token);
        Assert.Equal(HttpStatusCode.OK, accepted);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("invalid_request", answer, StringComparison.Ordinal);
        Assert.Contains(field, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, HttpStatusCode.UnprocessableEntity, "invalid_batch")]
    [InlineData(101, HttpStatusCode.BadRequest, "members must be 1 to 100")]
    public async Task Members_are_a_hundred_at_most(int count, HttpStatusCode expected, string text)
    {
        string members = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"M{i}\""));
        string body = $$"""
            {"chain_id":31337,"sender":"{{Ask.Alice}}","nonce":{{count}},"to":"{{Ask.Alice}}","value":"0","data":"0x",
            "gas_limit":21000,"max_fee_per_gas":"2","max_priority_fee_per_gas":"1",
            "family":"B1","carrier":"C1","epoch":1,"purpose":"intent","members":[{{members}}]}
            """;
        using HttpMessageInvoker http = running.Signer.Http();
        (HttpStatusCode status, string answer) = await SignerProcess.SendAsync(
            http, HttpMethod.Post, "/v1/sign", body, "Bearer " + SignerProcess.Token);
        Assert.Equal(expected, status);
        Assert.Contains(text, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_above_the_bound_is_refused()
    {
        using HttpMessageInvoker http = running.Signer.Http();
        (HttpStatusCode status, _) = await SignerProcess.SendAsync(
            http, HttpMethod.Post, "/v1/sign", new string(' ', 300_000), "Bearer " + SignerProcess.Token);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    /// <summary>A signer that runs as long as the class.</summary>
    public sealed class RunningSigner : IAsyncLifetime
    {
        internal SignerProcess Signer { get; } = new();

        public async ValueTask InitializeAsync() => await Signer.StartAsync();

        public ValueTask DisposeAsync() => Signer.DisposeAsync();
    }
}
