using ChainExec.Ethereum;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Policy;

public sealed class PolicyRulesTests
{
    /// <summary>One row per rule: a request that only this rule refuses.</summary>
    public static TheoryData<string, string> RefusedRequests => new()
    {
        { "chain", "chain" },
        { "contract", "contract" },
        { "function", "function" },
        { "value", "value" },
        { "destination", "destination" },
        { "per call", "max_per_call" },
        { "per call, approve", "max_per_call" },
        { "per day", "max_per_day" },
        { "fee", "max_fee_per_transaction" },
        { "fee overflow", "max_fee_per_transaction" },
        { "native per call", "max_per_call" },
        { "native to a contract", "native" },
    };

    [Theory]
    [MemberData(nameof(RefusedRequests))]
    public async Task Request_outside_the_policy_is_refused_by_the_named_rule(string situation, string rule)
    {
        (Ask ask, string policy) = situation switch
        {
            "chain" => (new Ask { Chain = 1 }, Policies.Json()),
            "contract" => (new Ask { To = Ask.Bob }, Policies.Json()),
            "function" => (new Ask(), Policies.Json(functions: "\"approve(address,uint256)\"")),
            "value" => (new Ask { Value = 1 }, Policies.Json()),
            "destination" => (new Ask(), Policies.Json(destinations: $"\"{Ask.Alice}\"")),
            "per call" => (new Ask { Amount = 1_001 }, Policies.Json()),
            "per call, approve" => (new Ask { Function = CallDecoder.Approve, Amount = UInt256.MaxValue }, Policies.Json()),
            "per day" => (new Ask(), Policies.Json(perDay: "499")),
            "fee" => (new Ask { FeeCap = 1_001 }, Policies.Json(feeMax: "100000000")),
            "fee overflow" => (new Ask { FeeCap = UInt256.MaxValue }, Policies.Json()),
            "native per call" => (new Ask().AsNative(101), Policies.Json()),
            "native to a contract" => (new Ask { Recipient = Ask.Token }.AsNative(1), Policies.Json()),
            _ => throw new ArgumentException("No such situation.", nameof(situation)),
        };
        using var signer = new TestSigner(policy);
        SignOutcome.Refused refused = await signer.RefuseAsync(ask);
        Assert.Equal(RefusalCode.PolicyRefused, refused.Code);
        Assert.EndsWith($"(rule {rule})", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_at_every_limit_is_signed()
    {
        using var signer = new TestSigner(
            Policies.Json(perCall: "500", perDay: "500", destinations: $"\"{Ask.Bob}\"", feeMax: "100000000"));
        await signer.SignAsync(new Ask());
    }

    [Fact]
    public async Task Native_transfers_need_a_policy()
    {
        using var signer = new TestSigner(Policies.Json());
        await signer.SignAsync(new Ask().AsNative(100));
        signer.Policy = Policies.Json().Replace(
            "\"native\": { \"max_per_call\": \"100\", \"max_per_day\": \"150\", \"destinations\": [\"*\"] },",
            "",
            StringComparison.Ordinal);
        signer.Restart();
        SignOutcome.Refused refused = await signer.RefuseAsync(new Ask { Nonce = 1, Family = "F2" }.AsNative(1));
        Assert.EndsWith("(rule native)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Day_total_survives_a_restart()
    {
        using var signer = new TestSigner(Policies.Json(perDay: "999"));
        await signer.SignAsync(new Ask());
        signer.Restart();
        Assert.EndsWith(
            "(rule max_per_day)", (await signer.RefuseAsync(new Ask { Nonce = 1, Family = "F2" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Day_total_starts_again_at_midnight_utc()
    {
        using var signer = new TestSigner(Policies.Json(perDay: "500"));
        signer.Clock.Now = new DateTimeOffset(2026, 3, 1, 23, 59, 59, TimeSpan.Zero);
        await signer.SignAsync(new Ask());
        signer.Clock.Now = new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
        await signer.SignAsync(new Ask { Nonce = 1, Family = "F2" });
    }

    [Fact]
    public async Task Approvals_and_transfers_share_the_day_total()
    {
        using var signer = new TestSigner(Policies.Json(perDay: "999"));
        await signer.SignAsync(new Ask { Function = CallDecoder.Approve });
        await signer.RefuseAsync(new Ask { Nonce = 1, Family = "F2" });
    }

    [Fact]
    public async Task Raised_price_counts_once_for_the_day()
    {
        using var signer = new TestSigner(Policies.Json(perDay: "1000"));
        await signer.SignAsync(new Ask());
        await signer.SignAsync(new Ask { FeeCap = 2_000 });
        await signer.SignAsync(new Ask { Nonce = 1, Family = "F2" });
    }

    [Fact]
    public async Task Word_of_the_server_that_a_payment_reverted_does_not_widen_the_day()
    {
        using var signer = new TestSigner(Policies.Json(perDay: "999"));
        Hash32 first = (await signer.SignAsync(new Ask())).Hash;
        await signer.ResolveAsync(new Ask(), SlotOutcome.Reverted, first);
        await signer.RefuseAsync(new Ask { Nonce = 1 });
    }
}
