using ChainExec.Ethereum;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Policy;

/// <summary>Each call of a batch is judged as if it were alone, and all of them together by the day.</summary>
public sealed class BatchPolicyTests
{
    private static readonly Ask s_one = new();

    /// <summary>One row per rule: a second call, or a change of the whole, that only this rule refuses.</summary>
    public static TheoryData<string, string> RefusedBatches => new()
    {
        { "no batches", "batches" },
        { "too many calls", "calls_max" },
        { "fee of all", "max_fee_per_transaction" },
        { "call of an unnamed contract", "contract" },
        { "function that is not allowed", "function" },
        { "call that sends coin", "value" },
        { "destination", "destination" },
        { "per call", "max_per_call" },
        { "approve above the limit", "max_per_call" },
        { "coin above the limit", "max_per_call" },
        { "coin to a contract", "native" },
        { "unknown function", "unknown_function" },
        { "transferFrom", "unknown_function" },
        { "batch within", "unknown_function" },
        { "call to the sender", "invalid_batch" },
        { "coin to the sender", "invalid_batch" },
        { "batch within, to the sender", "invalid_batch" },
        { "to another account", "invalid_batch" },
        { "coin to itself", "invalid_batch" },
        { "fewer members", "invalid_batch" },
        { "more members", "invalid_batch" },
        { "no calls", "invalid_batch" },
        { "byte behind the calls", "invalid_batch" },
        { "payment with members", "invalid_batch" },
    };

    [Theory]
    [MemberData(nameof(RefusedBatches))]
    public async Task Batch_outside_the_policy_is_refused_for_ever_by_the_named_rule(string situation, string rule)
    {
        string policy = Policies.Json(extra: Policies.Batches);
        (Ask ask, policy) = situation switch
        {
            "no batches" => (Ask.Batch("B", s_one, Two()), Policies.Json()),
            "too many calls" => (Ask.Batch("B", s_one, Two("F2"), Two("F3"), Two("F4")), policy),
            "fee of all" => (Ask.Batch("B", s_one, Two()) with { FeeCap = 2_001 }, policy),
            "call of an unnamed contract" => (Ask.Batch("B", s_one, Two() with { To = Ask.Bob }), policy),
            "function that is not allowed" => (
                Ask.Batch("B", s_one, Two() with { Function = CallDecoder.Approve }),
                Policies.Json(functions: "\"transfer(address,uint256)\"", extra: Policies.Batches)),
            "call that sends coin" => (Ask.Batch("B", s_one, Two() with { Value = 1 }), policy),
            "destination" => (
                Ask.Batch("B", s_one, Two() with { Recipient = Ask.Token }),
                Policies.Json(destinations: $"\"{Ask.Bob}\"", extra: Policies.Batches)),
            "per call" => (Ask.Batch("B", s_one, Two() with { Amount = 1_001 }), policy),
            "approve above the limit" => (
                Ask.Batch("B", s_one, Two() with { Function = CallDecoder.Approve, Amount = UInt256.MaxValue }), policy),
            "coin above the limit" => (Ask.Batch("B", s_one, Two().AsNative(101)), policy),
            "coin to a contract" => (Ask.Batch("B", s_one, (Two() with { Recipient = Ask.Token }).AsNative(1)), policy),
            "unknown function" => (Ask.Batch("B", s_one, Two() with { Function = "mint(address,uint256)" }), policy),
            "transferFrom" => (Ask.Batch("B", s_one, Two() with { Function = "transferFrom(address,address,uint256)" }), policy),
            "batch within" => (Ask.Batch("B", s_one, Two() with { RawData = Ask.Batch("C", Two("F3")).Data }), policy),
            "call to the sender" => (Ask.Batch("B", s_one, Two() with { To = Ask.Alice }), policy),
            "coin to the sender" => (Ask.Batch("B", s_one, (Two() with { Recipient = Ask.Alice }).AsNative(1)), policy),
            "batch within, to the sender" => (Ask.Batch("B", s_one, Ask.Batch("F2", Two("F3")) with { Members = [] }), policy),
            "to another account" => (Ask.Batch("B", s_one, Two()) with { To = Ask.Bob }, policy),
            "coin to itself" => (Ask.Batch("B", s_one, Two()) with { Value = 1 }, policy),
            "fewer members" => (Ask.Batch("B", s_one, Two()) with { Members = ["F1"] }, policy),
            "more members" => (Ask.Batch("B", s_one, Two()) with { Members = ["F1", "F2", "F3"] }, policy),
            "no calls" => (
                Ask.Batch("B", s_one) with { RawData = Convert.FromHexString($"34fcd5be{32:x64}{0:x64}") }, policy),
            "byte behind the calls" => (Ask.Batch("B", s_one, Two()) with { RawData = [.. Ask.Batch("B", s_one, Two()).Data, 0] }, policy),
            "payment with members" => (new Ask { Members = ["F2"] }, policy),
            _ => throw new ArgumentException("No such situation.", nameof(situation)),
        };
        using var signer = new TestSigner(policy);
        SignOutcome.Refused refused = await signer.RefuseAsync(ask);
        Assert.EndsWith($"(rule {rule})", refused.Message, StringComparison.Ordinal);
        string code = rule is "invalid_batch" or "unknown_function" ? rule : RefusalCode.PolicyRefused;
        Assert.Equal((code, true), (refused.Code, refused.Recorded));
        Assert.Equal(0, signer.SignedCount());
    }

    [Fact]
    public async Task Batch_at_every_limit_is_signed()
    {
        using var signer = new TestSigner(
            Policies.Json(perCall: "500", perDay: "1000", destinations: $"\"{Ask.Bob}\"", feeMax: "500000000", extra: Policies.Batches));
        await signer.SignAsync(Ask.Batch("B", s_one, Two(), Two("F3").AsNative(100)));
    }

    [Fact]
    public async Task Refusal_names_the_call()
    {
        using var signer = new TestSigner(Policies.Json(extra: Policies.Batches));
        SignOutcome.Refused refused = await signer.RefuseAsync(Ask.Batch("B", s_one, Two() with { Amount = 1_001 }));
        Assert.StartsWith("Call 1 of the batch: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_of_the_sender_to_itself_stays_refused_without_members()
    {
        using var signer = new TestSigner(Policies.Json(extra: Policies.Batches));
        SignOutcome.Refused refused = await signer.RefuseAsync(Ask.Batch("B", s_one, Two()) with { Members = [] });
        Assert.Equal((RefusalCode.UnknownFunction, true), (refused.Code, refused.Recorded));
    }

    [Theory]
    [InlineData("1499", false)]
    [InlineData("1500", true)]
    public async Task Calls_of_one_asset_count_together_and_with_what_was_signed_before(string perDay, bool isSigned)
    {
        using var signer = new TestSigner(Policies.Json(perDay: perDay, extra: Policies.Batches));
        await signer.SignAsync(new Ask { Family = "F0" });
        SignOutcome outcome = await signer.AskAsync(Ask.Batch("B", s_one with { Nonce = 1 }, Two()));
        Assert.Equal(isSigned, outcome is SignOutcome.Signed);
        if (outcome is SignOutcome.Refused refused)
            Assert.EndsWith("(rule max_per_day)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coin_within_a_batch_counts_together()
    {
        using var signer = new TestSigner(Policies.Json(extra: Policies.Batches));
        await signer.RefuseAsync(Ask.Batch("B", s_one.AsNative(100), Two().AsNative(51)));
        await signer.SignAsync(Ask.Batch("B2", s_one.AsNative(100), Two().AsNative(50)));
    }

    [Fact]
    public async Task Each_call_counts_for_the_day_once_whatever_the_price_and_after_a_restart()
    {
        using var signer = new TestSigner(Policies.Json(perDay: "1999", extra: Policies.Batches));
        Ask batch = Ask.Batch("B", s_one, Two(), Two("F3").AsNative(100));
        await signer.SignAsync(batch);
        await signer.SignAsync(batch with { FeeCap = 1_500 });
        signer.Restart();
        await signer.SignAsync(batch with { FeeCap = 1_600 });
        await signer.SignAsync(new Ask { Family = "F4", Nonce = 1 });
        await signer.RefuseAsync(new Ask { Family = "F5", Nonce = 2 });
        await signer.RefuseAsync(new Ask { Family = "F6", Nonce = 3 }.AsNative(51));
        await signer.SignAsync(new Ask { Family = "F7", Nonce = 4 }.AsNative(50));
    }

    private static Ask Two(string family = "F2") => new() { Family = family };
}
