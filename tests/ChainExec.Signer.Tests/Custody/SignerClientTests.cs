using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ChainExec.Signer.Tests.Custody;

/// <summary>The engine's client against signers that lie, hang or are not there.</summary>
public sealed class SignerClientTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Bytes_of_the_request_are_believed()
    {
        await using WebApplication signer = await LiarAsync(Answer(new Ask(), Ask.AliceKeyHex));
        Assert.IsType<SignResult.Signed>(await SignAsync());
    }

    [Fact]
    public async Task Bytes_of_another_transaction_are_a_fault()
    {
        await using WebApplication signer = await LiarAsync(Answer(new Ask { Recipient = Ask.Alice }, Ask.AliceKeyHex));
        await Assert.ThrowsAsync<SignerFaultException>(SignAsync);
    }

    [Fact]
    public async Task Signature_of_another_account_is_a_fault()
    {
        await using WebApplication signer = await LiarAsync(Answer(new Ask(), new string('b', 64)));
        await Assert.ThrowsAsync<SignerFaultException>(SignAsync);
    }

    [Fact]
    public async Task Hash_that_is_not_of_the_bytes_is_a_fault()
    {
        await using WebApplication signer = await LiarAsync(Answer(new Ask(), Ask.AliceKeyHex, Keccak256.Hash("other"u8)));
        await Assert.ThrowsAsync<SignerFaultException>(SignAsync);
    }

    [Theory]
    [InlineData("{\"raw\":\"0x02\",\"hash\":\"0x00\",\"replayed\":false}")]
    [InlineData("{\"raw\":\"zz\",\"hash\":\"0x00\",\"replayed\":false}")]
    [InlineData("{\"raw\":\"0x02\"}")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("")]
    public async Task Answer_that_is_none_is_a_fault(string answer)
    {
        await using WebApplication signer = await LiarAsync(answer);
        await Assert.ThrowsAsync<SignerFaultException>(SignAsync);
    }

    [Fact]
    public async Task Answer_above_the_bound_is_a_fault()
    {
        await using WebApplication signer = await LiarAsync(new string(' ', 2 << 20));
        await Assert.ThrowsAsync<SignerFaultException>(SignAsync);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Server_error_says_nothing_about_the_signature(int status)
    {
        await using WebApplication signer = await LiarAsync("{\"code\":\"busy\",\"message\":\"m\"}", status);
        await Assert.ThrowsAsync<SignerUnavailableException>(SignAsync);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    public async Task Refused_token_or_request_is_a_fault(int status)
    {
        await using WebApplication signer = await LiarAsync("{\"code\":\"c\",\"message\":\"m\"}", status);
        await Assert.ThrowsAsync<SignerFaultException>(SignAsync);
    }

    [Fact]
    public async Task Signer_that_is_not_there_is_unavailable() => await Assert.ThrowsAsync<SignerUnavailableException>(SignAsync);

    [Fact]
    public async Task Signer_that_hangs_is_unavailable()
    {
        await using WebApplication signer = await StartAsync(
            context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await Assert.ThrowsAsync<SignerUnavailableException>(SignAsync);
    }

    [Fact]
    public async Task Cancelled_wait_is_a_cancellation()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SignWithAsync(cancelled.Token));
    }

    [Theory]
    [InlineData("", "0x0000000000000000000000000000000000000b0b", "")]
    [InlineData(",\"members\":[]", "0x0000000000000000000000000000000000000b0b", "")]
    [InlineData(",\"members\":[\"F1\",\"F2\"]", null, "F1 F2")]
    public async Task Members_of_an_entry_are_read_and_are_none_where_none_are_named(string members, string? to, string expected)
    {
        await using WebApplication signer = await LiarAsync(Conflict(members, to), 409);
        SignerJournalEntry entry = Assert.IsType<SignResult.Refused>(await SignAsync()).Conflict!;
        Assert.Equal(expected, string.Join(' ', entry.Members));
    }

    [Theory]
    [InlineData(",\"members\":[\"F1\"]", "0x0000000000000000000000000000000000000b0b", "intent")]
    [InlineData(",\"members\":[\"F1\"]", null, "fill")]
    [InlineData(",\"members\":[null]", null, "intent")]
    [InlineData(",\"members\":\"F1\"", null, "intent")]
    public async Task Members_of_what_is_no_batch_are_a_fault(string members, string? to, string purpose)
    {
        await using WebApplication signer = await LiarAsync(Conflict(members, to, purpose), 409);
        await Assert.ThrowsAsync<SignerFaultException>(SignAsync);
    }

    private static string Conflict(string members, string? to, string purpose = "intent") => $$"""
        {"code":"nonce_taken","message":"m","recorded":false,"conflict":{"kind":"refused","chain_id":31337,"sender":"{{Ask.Alice}}",
        "nonce":0,"family":"B","carrier":"C","epoch":1,"purpose":"{{purpose}}","digest":"{{Keccak256.Hash("d"u8)}}",
        "effect_hash":"{{Keccak256.Hash("e"u8)}}","tx_hash":null,"raw":null,"to":"{{to ?? Ask.Alice.ToString()}}","value":"0","data":"0x",
        "gas_limit":21000,"max_fee_per_gas":"2","max_priority_fee_per_gas":"1","recorded_at":"2026-03-01T12:00:00+00:00",
        "resolved":null{{members}} } }
        """;

    private Task<SignResult> SignAsync() => SignWithAsync(Token);

    private async Task<SignResult> SignWithAsync(CancellationToken cancellationToken)
    {
        var options = new SignerOptions
        {
            SocketPath = _folder.Path("s"),
            TokenFile = _folder.Write("token", SignerProcess.Token),
            Timeout = TimeSpan.FromSeconds(2),
        };
        using var client = new SignerClient(options, TimeProvider.System);
        return await client.SignAsync(new Ask().ToRequest(), cancellationToken);
    }

    private static string Answer(Ask ask, string keyHex, Hash32? hash = null)
    {
        using PrivateKey key = PrivateKey.FromBytes(Convert.FromHexString(keyHex));
        byte[] raw = ask.Transaction.Encode(key.Sign(ask.Transaction.SigningHash()));
        return $$"""{"raw":"{{Hex.Encode(raw)}}","hash":"{{hash ?? Keccak256.Hash(raw)}}","replayed":false}""";
    }

    private Task<WebApplication> LiarAsync(string answer, int status = 200) => StartAsync(async context =>
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(answer, context.RequestAborted);
    });

    private async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(_folder.Path("s")));
        WebApplication app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Token);
        return app;
    }
}
