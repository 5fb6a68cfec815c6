using ChainExec.Client;
using ChainExec.Governance;
using ChainExec.IntegrationTests.Api;
using ChainExec.IntegrationTests.Execution;
using ChainExec.Server.Composition;
using ChainExec.Storage;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace ChainExec.IntegrationTests.Attribution;

/// <summary><c>GET /v1/transactions</c> and <c>trace show</c> over a payment that was really made on anvil.</summary>
public sealed class TransactionApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Payment_is_shown_with_its_call_to_its_owner_only()
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        string hash = await PayAsync(bench);
        await using WebApplication app = await ServeAsync(bench);
        var address = new Uri(app.Urls.Single());
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        string key = await KeyAsync(bench, "acme");
        string stranger = await KeyAsync(bench, "stranger");

        TransactionTree tree = await new ChainExecClient(http, address, key, TimeProvider.System)
            .GetTransactionAsync(EngineBench.Chain, hash, Token);
        ChainExecException refusal = await Assert.ThrowsAsync<ChainExecException>(
            () => new ChainExecClient(http, address, stranger, TimeProvider.System).GetTransactionAsync(EngineBench.Chain, hash, Token));

        TransactionInBlock shown = Assert.Single(tree.Blocks);
        CallResult call = Assert.Single(shown.Calls);
        Assert.Equal(("final", "attributed", "receipt"), (shown.Status, shown.Attribution!.Status, shown.Attribution.Basis));
        Assert.Equal((true, shown.GasUsed, shown.Fee), (call.Succeeded, call.GasShare, call.FeeShare));
        Assert.Equal(
            ("vendor_payment", "invoice 1234", "1234"),
            (call.Business!.Category, call.Business.Tags.Single(), call.Business.Context.GetProperty("invoice").GetString()));
        Assert.Equal(("call", 0), (Assert.Single(shown.Logs).Role, shown.Logs[0].Call));
        Assert.Equal((404, "not_found"), (refusal.Status, refusal.Code));

        string keyFile = Path.Combine(Path.GetTempPath(), $"chainexec-key-{Environment.ProcessId}");
        await File.WriteAllTextAsync(keyFile, key, Token);
        try
        {
            CliAnswer answer = await CliAnswer.OfAsync(
                ["trace", "show", "local", hash, "--api", address.AbsoluteUri, "--key-file", keyFile], Token);
            Assert.Equal("", answer.Error);
            Assert.Contains($"transaction {hash} in block ", answer.Output, StringComparison.Ordinal);
            Assert.Contains("call 0.0: ", answer.Output, StringComparison.Ordinal);
            Assert.Contains("erc20.transfer (vendor_payment) #invoice 1234", answer.Output, StringComparison.Ordinal);
            Assert.Contains("of call 0.0 (vendor_payment)", answer.Output, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(keyFile);
        }
    }

    private static async Task<string> PayAsync(EngineBench bench)
    {
        Dictionary<string, object> body = bench.Body(1_000_000);
        var args = new { token = bench.Tokens.Tusd, recipient = EngineBench.Recipient, amount = "1000000" };
        body["calls"] = new[]
        {
            new
            {
                type = "erc20.transfer", args, category = "vendor_payment", tags = new[] { "invoice 1234" },
                context = new { invoice = "1234" },
            },
        };
        var accepted = (Admission.SubmitResult.Accepted)await bench.SubmitAsync(body);
        await bench.RunUntilAsync(accepted.Intent, "confirmed");
        return (await bench.ViewAsync(accepted.Intent)).TxHash!.Value.ToString();
    }

    private static async Task<WebApplication> ServeAsync(EngineBench bench)
    {
        SortedDictionary<string, string?> settings = bench.Settings(bench.Database.AppConnectionString);
        settings["urls"] = "http://127.0.0.1:0";
        settings["Roles"] = "api";
        WebApplication app = ServerHost.Build([], settings);
        await app.StartAsync(Token);
        return app;
    }

    private static Task<string> KeyAsync(EngineBench bench, string owner) => bench.Get<UnitOfWork>().RunAsync(
        async (session, token) =>
        {
            OwnerStore owners = bench.Get<OwnerStore>();
            OwnerId id = await owners.EnsureOwnerAsync(session, owner, "test", token);
            return (await owners.CreateKeyAsync(session, id, "test", "test", token)).Text;
        },
        Token);
}
