using System.Globalization;
using System.Text;
using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Flows;
using ChainExec.Flows.Definitions;
using ChainExec.Ledger;
using ChainExec.Payments.OffRamp;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.Engine.Tests.Flows;

/// <summary>Evidence from outside: what is signed counts once, what is not counts for nothing and is kept.</summary>
public sealed class InboundTests : IDisposable
{
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes("thirty-two bytes of a test secret");
    private static readonly byte[] NextSecret = Encoding.UTF8.GetBytes("another secret of the same length");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Signed_message_is_stored_as_it_came_and_its_event_fires()
    {
        await using FlowBench bench = await CreateAsync();
        await bench.HappensAsync(new RampAsked("t1", bench.Owner, new(500)));
        await bench.SettleAsync();
        byte[] body = Body("t1", 500);

        Assert.False(Assert.IsType<InboundResult.Taken>(await TakeAsync(bench, "msg_1", body)).Duplicate);
        Assert.True(Assert.IsType<InboundResult.Taken>(await TakeAsync(bench, "msg_1", body)).Duplicate);
        await bench.SettleAsync();

        Assert.Equal(["ramp:t1|ended|settled"], await bench.ContextsAsync());
        Assert.Equal(500, await bench.CustomerAsync());
        Assert.Equal($"True|{Encoding.UTF8.GetString(body)}|1", await bench.RowAsync(
            "select verified, convert_from(body, 'UTF8'), events from flows.external_event"));
    }

    [Theory]
    [InlineData("forged", "no_valid_signature")]
    [InlineData("other_body", "no_valid_signature")]
    [InlineData("old", "too_old_or_too_new")]
    [InlineData("no_time", "no_timestamp")]
    [InlineData("no_id", "no_id")]
    [InlineData("{\"reference\":7}", "unreadable")]
    [InlineData("no json", "unreadable")]
    [InlineData("{\"reference\":\"t1\",\"amount\":\"0\"}", "unreadable")]
    [InlineData("{\"reference\":\"t\\u0000\",\"amount\":\"5\"}", "unreadable")]
    [InlineData("{\"reference\":\"t\\ud800\",\"amount\":\"5\"}", "unreadable")]
    public async Task Message_that_cannot_be_trusted_or_read_is_kept_apart_and_nothing_follows(string what, string reason)
    {
        await using FlowBench bench = await CreateAsync();
        byte[] body = reason == "unreadable" ? Encoding.UTF8.GetBytes(what) : Body("t1", 500);
        DateTimeOffset at = TimeProvider.System.GetUtcNow() - (what == "old" ? TimeSpan.FromMinutes(6) : TimeSpan.Zero);
        WebhookHeaders headers = Headers(
            what == "no_id" ? "" : "msg_1", what == "other_body" ? Body("t1", 501) : body, at, what == "forged" ? NextSecret : Secret);
        if (what == "no_time")
            headers = headers with { Timestamp = "soon" };

        InboundResult result = await bench.Get<InboundService>().TakeAsync("bank", headers, body, FlowBench.Token);
        await bench.SettleAsync();

        Assert.Equal(reason, Assert.IsType<InboundResult.Quarantined>(result).Reason);
        Assert.Equal($"False|{reason}", await bench.RowAsync("select verified, reason from flows.external_event"));
        Assert.Equal("0", await bench.RowAsync("select count(*) from facts.stream where type not like 'flows.%'"));
    }

    [Fact]
    public async Task Same_id_with_other_bytes_is_kept_apart()
    {
        await using FlowBench bench = await CreateAsync();
        await TakeAsync(bench, "msg_1", Body("t1", 500));

        InboundResult again = await TakeAsync(bench, "msg_1", Body("t1", 900));

        Assert.Equal("id_of_another_message", Assert.IsType<InboundResult.Quarantined>(again).Reason);
        await bench.SettleAsync();
        Assert.Equal(500, await bench.SuspenseAsync());
    }

    [Fact]
    public async Task Both_secrets_count_while_one_is_replaced()
    {
        await using FlowBench bench = await CreateAsync();

        Assert.IsType<InboundResult.Taken>(await TakeAsync(bench, "msg_1", Body("t1", 1), Secret, "old,new"));
        Assert.IsType<InboundResult.Quarantined>(await TakeAsync(bench, "msg_2", Body("t1", 2), NextSecret));
        await using FlowBench rotating = await CreateAsync(rotating: true);
        Assert.IsType<InboundResult.Taken>(await TakeAsync(rotating, "msg_3", Body("t1", 3), NextSecret));
        Assert.IsType<InboundResult.Taken>(await TakeAsync(rotating, "msg_4", Body("t1", 4), Secret));
    }

    [Fact]
    public async Task Provider_that_nobody_configured_is_not_there()
    {
        await using FlowBench bench = await CreateAsync();

        Assert.IsType<InboundResult.UnknownProvider>(
            await bench.Get<InboundService>().TakeAsync("stranger", Headers("m", [], default, Secret), [], FlowBench.Token));
    }

    [Fact]
    public async Task What_is_kept_of_strangers_is_bounded()
    {
        await using FlowBench bench = await CreateAsync();
        for (int message = 0; message < 210; message++)
            await bench.Get<InboundService>().TakeAsync("bank", new WebhookHeaders($"m{message}", "0", "v1,x"), [1], FlowBench.Token);

        Assert.Equal("200", await bench.RowAsync("select count(*) from flows.external_event"));
    }

    // Two hundred strangers an hour do not hide what the provider signed; and somebody hears of it once, however often it is told.
    [Fact]
    public async Task Signed_message_that_cannot_be_read_is_always_kept_and_told()
    {
        await using FlowBench bench = await CreateAsync();
        for (int message = 0; message < 201; message++)
            await bench.Get<InboundService>().TakeAsync("bank", new WebhookHeaders($"m{message}", "0", "v1,x"), [1], FlowBench.Token);

        await TakeAsync(bench, "msg_1", "no json"u8.ToArray());
        await TakeAsync(bench, "msg_1", "no json"u8.ToArray());
        await bench.SettleAsync();

        Assert.Equal(["evidence_unusable"], await bench.DiscrepanciesAsync());
        QuarantinedMessage kept = (await bench.Get<FlowQueries>().QuarantineAsync(10, FlowBench.Token))[0];
        Assert.Equal(("bank", "msg_1", "unreadable", true, 7), (kept.Provider, kept.Event, kept.Reason, kept.Signed, kept.Bytes));
    }

    [Fact]
    public async Task Message_of_a_kind_that_is_not_known_is_taken_and_told()
    {
        await using FlowBench bench = await CreateAsync();

        Assert.IsType<InboundResult.Taken>(await TakeAsync(bench, "msg_1", "{\"type\":\"credit.corrected\"}"u8.ToArray()));
        await bench.SettleAsync();

        Assert.Equal(["evidence_unusable"], await bench.DiscrepanciesAsync());
    }

    // No definition of this build names the event; the money is there all the same.
    [Fact]
    public async Task Money_that_no_flow_of_the_build_waits_for_is_booked()
    {
        await using FlowBench bench = await CreateAsync<AdvanceFlow>();

        await TakeAsync(bench, "msg_1", Body("t1", 500));
        await bench.SettleAsync();

        Assert.Equal(500, await bench.SuspenseAsync());
        Assert.Equal(["unmatched_money"], await bench.DiscrepanciesAsync());
    }

    // Whom the exchange names, we know or we do not; an account is opened for nobody who was made up.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Deposit_starts_an_off_ramp_only_for_an_owner_whom_we_know(bool isKnown)
    {
        string file = Path.Combine(_folder.Path, "exchange");
        await File.WriteAllTextAsync(file, $"whsec_{Convert.ToBase64String(Secret)}\n", FlowBench.Token);
        await using FlowBench bench = await FlowBench.CreateAsync(
            services => services.AddFlow<OffRampFlow>().AddInboundAdapter<ExchangeWebhooks>(),
            new Dictionary<string, string?>
            {
                ["Flows:Inbound:0:Provider"] = "exchange", ["Flows:Inbound:0:SecretFiles"] = file,
            });
        if (isKnown)
            await bench.AsOwnerAsync($"insert into governance.owner (id, name) values ('{bench.Owner}', 'known')");
        byte[] body = Encoding.UTF8.GetBytes(
            $$$"""{"type":"deposit.received","data":{"deposit":"d1","owner":"{{{bench.Owner}}}","asset":"usdc","amount":"7"}}""");

        Assert.IsType<InboundResult.Taken>(await bench.Get<InboundService>().TakeAsync(
            "exchange", Headers("msg_1", body, TimeProvider.System.GetUtcNow(), Secret), body, FlowBench.Token));
        await bench.FireAsync();

        Assert.Equal(isKnown ? 7 : 0, await bench.BalanceAsync(Book.CustomerPending(bench.Owner, "usdc")));
        Assert.Equal(isKnown ? 0 : 7, await bench.BalanceAsync(Book.Suspense("usdc")));
        Assert.Equal(isKnown ? [] : ["unmatched_money"], await bench.DiscrepanciesAsync());
        await bench.AssertSoundAsync();
    }

    // The example of the specification's reference implementations.
    [Fact]
    public void Signature_is_that_of_the_specification()
    {
        byte[] secret = WebhookSignature.ReadSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        string signature = WebhookSignature.Sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}"u8, secret);

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    private Task<FlowBench> CreateAsync(bool rotating = false) => CreateAsync<RampFlow>(rotating);

    private async Task<FlowBench> CreateAsync<TFlow>(bool rotating = false)
        where TFlow : Flow
    {
        string old = Path.Combine(_folder.Path, "old");
        string next = Path.Combine(_folder.Path, "new");
        await File.WriteAllTextAsync(old, $"whsec_{Convert.ToBase64String(Secret)}\n", FlowBench.Token);
        await File.WriteAllTextAsync(next, $"whsec_{Convert.ToBase64String(NextSecret)}\n", FlowBench.Token);
        return await FlowBench.CreateAsync(
            services => services.AddFlow<TFlow>().AddInboundAdapter<BankAdapter>(),
            new Dictionary<string, string?>
            {
                ["Flows:Inbound:0:Provider"] = "bank",
                ["Flows:Inbound:0:SecretFiles"] = rotating ? $"{old}, {next}" : old,
            });
    }

    private static Task<InboundResult> TakeAsync(FlowBench bench, string id, byte[] body, byte[]? secret = null, string? before = null) =>
        bench.Get<InboundService>().TakeAsync(
            "bank", Headers(id, body, TimeProvider.System.GetUtcNow(), secret ?? Secret, before), body, FlowBench.Token);

    private static WebhookHeaders Headers(string id, byte[] body, DateTimeOffset at, byte[] secret, string? before = null)
    {
        string timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string signature = WebhookSignature.Sign(id, timestamp, body, secret);
        return new WebhookHeaders(id, timestamp, before is null ? signature : $"v1a,{before} {signature}");
    }

    private static byte[] Body(string reference, int amount) =>
        Encoding.UTF8.GetBytes($$"""{"reference":"{{reference}}","amount":"{{amount}}"}""");

    private sealed class BankAdapter : IInboundAdapter
    {
        public string Provider => "bank";

        public IReadOnlyList<InboundEventType> Tells { get; } = [InboundEventType.Of<BankCredited>()];

        public IReadOnlyList<InboundEvent>? Read(string eventId, JsonElement body)
        {
            if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty("type", out _))
                return null;
            Message message = body.Deserialize<Message>(FactJson.Options) ?? throw new JsonException("null is no message.");
            return [InboundEvent.Of(new BankCredited(eventId, message.Reference, message.Amount))];
        }

        private sealed record Message(string Reference, TokenAmount Amount);
    }
}
