using System.Text.Json;
using ChainExec.Custody;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>User custody as its owner sees it: the real server, the real signer and a real node, spoken to over HTTP.</summary>
public sealed class ApprovedOverHttpTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_is_confirmed_after_its_owner_gave_the_right_password_and_not_before()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000, custody: AccountCustody.User);
        using var mining = new Mining(bench);
        await using ServerProcess server = await ServerProcess.StartAsync(bench, await bench.CreateKeyAsync(), killAt: null, Token);
        (int status, JsonElement intent) = await server.PostIntentAsync(bench.Body(1_000_000), "pay", Token);
        Assert.Equal(201, status);
        string path = $"/v1/intents/{intent.GetProperty("id").GetString()}";
        await UntilAsync(server, path, "waiting");

        (int refused, JsonElement why) = await server.PostAsync(path + "/approve", new { otp = "000000x" }, "wrong", Token);
        Assert.Equal((422, "otp_invalid"), (refused, why.GetProperty("code").GetString()));
        Assert.Equal(0, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));

        (int approved, _) = await server.PostAsync(path + "/approve", new { otp = bench.Authenticator!.Next() }, "right", Token);
        Assert.Equal(200, approved);
        await UntilAsync(server, path, "confirmed");

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        (int late, JsonElement over) = await server.PostAsync(path + "/approve", new { otp = bench.Authenticator.Next() }, "again", Token);
        Assert.Equal((409, "approval_not_asked"), (late, over.GetProperty("code").GetString()));
    }

    private static Task UntilAsync(ServerProcess server, string path, string status) => Eventually.TrueAsync(
        async () => (await server.GetAsync(path, Token)).Body.GetProperty("status").GetString() == status, Deadline,
        $"{path} is {status}; the server said: {server.Tail()}", Token);
}
