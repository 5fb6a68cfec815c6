using System.Text.Json;
using ChainExec.Simulation;
using ChainExec.Storage;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>kill -9 of the real server process at its persistence boundaries; a second process finishes what the first began.</summary>
public sealed class KillTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Every boundary that the engine names and a payment passes: none can be forgotten here. The signer's is another process.
    public static TheoryData<string> KillPoints =>
        [.. KillBoundaries.Reached.Where(boundary => boundary != KillBoundaries.SignerJournalled)];

    [Theory]
    [MemberData(nameof(KillPoints))]
    public async Task Server_killed_at_a_boundary_ends_in_one_transfer_and_balanced_books(string killAt)
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        string key = await bench.CreateKeyAsync();
        Dictionary<string, object> body = bench.Body(1_000_000);
        bool isPricedHigher = killAt == Boundary.Repriced;
        Mining? early = isPricedHigher ? null : new Mining(bench);

        await using (ServerProcess first = await ServerProcess.StartAsync(bench, key, killAt, Token))
        {
            try
            {
                await first.PostIntentAsync(body, "one", Token);
            }
            catch (HttpRequestException)
            {
                // Killed before it could answer: the client does what clients do, and asks again with the same key.
            }

            if (isPricedHigher)
                await MineAtHighPricesAsync(bench, first);
            await first.WaitForExitAsync(Token);
        }

        using Mining mining = early ?? new Mining(bench);
        await using ServerProcess second = await ServerProcess.StartAsync(bench, key, killAt: null, Token);
        (int status, JsonElement intent) = await second.PostIntentAsync(body, "one", Token);
        Assert.Equal(201, status);
        string id = intent.GetProperty("id").GetString()!;
        await Eventually.TrueAsync(
            async () => (await second.GetAsync($"/v1/intents/{id}", Token)).Body.GetProperty("status").GetString() == "confirmed",
            Deadline, $"{id} is confirmed; the server said: {second.Tail()}", Token);
        await Eventually.TrueAsync(
            async () =>
                await bench.CustomerAsync() == 4_000_000 && await bench.ScalarAsync<long>("select count(*) from facts.pending") == 0,
            Deadline, "the books say so", Token);
        mining.Dispose();
        await second.KillAsync();

        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.intent"));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        await bench.ExpireLeasesAsync();
        await bench.RunUntilAsync(
            async () =>
                await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where signer_told") == 1, "the signer was told");
        await bench.AssertBooksEqualChainAsync();
    }

    // Blocks for which what was signed pays too little, until the server ends.
    private static async Task MineAtHighPricesAsync(EngineBench bench, ServerProcess server)
    {
        await Eventually.TrueAsync(
            async () => await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot where state = 'accepted'") == 1,
            Deadline, $"the payment is sent; the server said: {server.Tail()}", Token);
        await Eventually.TrueAsync(
            async () =>
            {
                await bench.Node.RpcAsync("anvil_setNextBlockBaseFeePerGas", ["0x4a817c800"], Token);
                await bench.Node.MineAsync(1, Token);
                return server.HasExited;
            },
            Deadline, $"the server is killed; it said: {server.Tail()}", Token);
    }

    [Fact]
    public async Task Server_never_holds_key_material()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        string key = await bench.CreateKeyAsync();
        using var mining = new Mining(bench);
        await using ServerProcess server = await ServerProcess.StartAsync(bench, key, killAt: null, Token);
        Dictionary<string, object> body = bench.Body(1_000_000);
        (_, JsonElement intent) = await server.PostIntentAsync(body, "one", Token);
        string id = intent.GetProperty("id").GetString()!;
        await Eventually.TrueAsync(
            async () => (await server.GetAsync($"/v1/intents/{id}", Token)).Body.GetProperty("status").GetString() == "confirmed",
            Deadline, $"{id} is confirmed", Token);

        byte[] secret = await bench.Signer.PrivateKeyBytesAsync(Token);
        string hex = Convert.ToHexString(secret);
        string log = string.Join('\n', server.Output);
        Assert.DoesNotContain(hex, log, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(key, log, StringComparison.Ordinal);
        Assert.DoesNotContain(await File.ReadAllTextAsync(bench.Signer.Options.TokenFile, Token), log, StringComparison.Ordinal);
        Assert.False(await server.MemoryContainsAsync(secret, Token), "The server's memory holds the private key.");
        // The scan can find what is there: the API key that the server was just shown.
        Assert.True(await server.MemoryContainsAsync(System.Text.Encoding.UTF8.GetBytes(bench.Tokens.Tusd[2..].ToLowerInvariant()), Token)
            || await server.MemoryContainsAsync(System.Text.Encoding.Unicode.GetBytes(bench.Sender), Token));
    }
}
