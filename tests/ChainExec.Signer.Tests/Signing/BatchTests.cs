using System.Text;
using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Signing;

/// <summary>One effect per family, alone or within a batch. F1 and F2 are payments; B is the batch of both on nonce 0.</summary>
public sealed class BatchTests : IDisposable
{
    private static readonly Ask s_one = new();
    private static readonly Ask s_two = new() { Family = "F2", Amount = 300 };
    private static readonly Ask s_batch = Ask.Batch("B", s_one, s_two);

    private readonly TestSigner _signer = new(Policies.Json(extra: Policies.Batches));

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task Batch_is_signed_and_remembered_with_its_members_in_order()
    {
        await _signer.SignAsync(s_batch);
        _signer.Restart();
        JournalPage page = await _signer.Service.ReadAsync(
            new JournalQuery(31337, Ask.Alice, 0, 0, 10), TestContext.Current.CancellationToken);
        Assert.Equal(["F1", "F2"], Assert.Single(page.Entries).Record.Members);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Same_batch_gets_the_stored_bytes(bool restart)
    {
        SignedBytes first = await _signer.SignAsync(s_batch);
        if (restart)
            _signer.Restart();
        var second = Assert.IsType<SignOutcome.Signed>(await _signer.AskAsync(s_batch));
        Assert.Equal((true, first.Hash, 1L), (second.Replayed, second.Bytes.Hash, _signer.Service.JournalEntries));
    }

    [Fact]
    public async Task Higher_price_of_the_same_batch_is_signed()
    {
        SignedBytes first = await _signer.SignAsync(s_batch);
        _signer.Restart();
        Assert.NotEqual(first.Hash, (await _signer.SignAsync(s_batch with { FeeCap = 1_500 })).Hash);
    }

    /// <summary>The same bytes, for others than they were signed for.</summary>
    [Theory]
    [InlineData("F2", "F1")]
    [InlineData("F1", "F3")]
    [InlineData("F1", "f2")]
    public async Task Same_batch_with_other_members_or_another_order_is_neither_a_replay_nor_a_price(string first, string second)
    {
        await _signer.SignAsync(s_batch);
        _signer.Restart();
        foreach (UInt256 price in new UInt256[] { 1_000, 1_500 })
        {
            SignOutcome.Refused refused = await _signer.RefuseAsync(s_batch with { Members = [first, second], FeeCap = price });
            Assert.Equal((RefusalCode.EffectChanged, false), (refused.Code, refused.Recorded));
        }
    }

    [Fact]
    public async Task Payment_of_several_calls_is_one_effect()
    {
        Ask batch = Ask.Batch("B", s_one, s_one with { Function = CallDecoder.Approve }, s_two);
        SignedBytes signed = await _signer.SignAsync(batch);
        _signer.Restart();
        Assert.Equal(
            RefusalCode.EffectChanged, (await _signer.RefuseAsync(batch with { Members = ["F1", "F2", "F2"], FeeCap = 1_500 })).Code);
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(s_one with { Nonce = 1 })).Code);
        await ResolveAsync(batch, SlotOutcome.Succeeded, signed.Hash);
        Assert.Equal(RefusalCode.FamilySucceeded, (await _signer.RefuseAsync(s_one with { Nonce = 1 })).Code);
    }

    [Fact]
    public async Task Same_batch_with_its_calls_in_another_order_is_refused()
    {
        await _signer.SignAsync(s_batch);
        Ask turned = Ask.Batch("B", s_two, s_one);
        Assert.Equal(RefusalCode.EffectChanged, (await _signer.RefuseAsync(turned)).Code);
        Assert.Equal(RefusalCode.EffectChanged, (await _signer.RefuseAsync(turned with { Members = s_batch.Members })).Code);
    }

    [Theory]
    [InlineData("F1")]
    [InlineData("F2")]
    public async Task Member_alone_on_another_nonce_is_refused_until_its_batch_is_resolved(string family)
    {
        SignedBytes batch = await _signer.SignAsync(s_batch);
        _signer.Restart();
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask { Family = family, Nonce = 1 });
        Assert.Equal(
            (RefusalCode.FamilyUnresolved, "B", batch.Hash, false),
            (refused.Code, refused.Conflict!.Record.Family, refused.Conflict.Record.Signature!.Hash, refused.Recorded));

        await ResolveAsync(s_batch, SlotOutcome.Reverted, batch.Hash);
        _signer.Restart();
        await _signer.SignAsync(new Ask { Family = family, Nonce = 1 });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Member_of_a_batch_that_succeeded_never_gets_a_second_nonce(bool adopted)
    {
        SignedBytes batch = await _signer.SignAsync(s_batch);
        await ResolveAsync(
            s_batch, adopted ? SlotOutcome.Adopted : SlotOutcome.Succeeded, adopted ? Keccak256.Hash("foreign"u8) : batch.Hash);
        _signer.Restart();
        Assert.Equal(RefusalCode.FamilySucceeded, (await _signer.RefuseAsync(s_two with { Nonce = 1 })).Code);
        Assert.Equal(RefusalCode.FamilySucceeded, (await _signer.RefuseAsync(s_two)).Code);
        Ask other = Ask.Batch("B2", new Ask { Family = "F3", Nonce = 1 }, s_two);
        Assert.Equal(RefusalCode.FamilySucceeded, (await _signer.RefuseAsync(other)).Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Members_of_a_batch_whose_nonce_went_to_something_else_may_be_paid_alone(bool isFill)
    {
        await _signer.SignAsync(s_batch);
        SignedBytes fill = await _signer.SignAsync(new Ask().AsFill("fill-1"));
        await ResolveAsync(s_batch, isFill ? SlotOutcome.Filled : SlotOutcome.Consumed, isFill ? fill.Hash : null);
        await _signer.SignAsync(s_one with { Nonce = 1 });
        await _signer.SignAsync(s_two with { Nonce = 2 });
    }

    [Fact]
    public async Task Member_alone_on_its_batchs_nonce_is_refused()
    {
        SignedBytes batch = await _signer.SignAsync(s_batch);
        SignOutcome.Refused refused = await _signer.RefuseAsync(s_one);
        Assert.Equal(
            (RefusalCode.EffectChanged, batch.Hash, false), (refused.Code, refused.Conflict!.Record.Signature!.Hash, refused.Recorded));
        Assert.Contains("The batch B carries", refused.Message, StringComparison.Ordinal);
        await ResolveAsync(s_batch, SlotOutcome.Reverted, batch.Hash);
        Assert.Equal(RefusalCode.NonceResolved, (await _signer.RefuseAsync(s_one)).Code);
    }

    [Fact]
    public async Task Member_alone_above_a_limit_on_its_batchs_nonce_is_not_recorded_as_never_signed()
    {
        await _signer.SignAsync(s_batch);
        SignOutcome.Refused refused = await _signer.RefuseAsync(s_one with { Amount = 5_000 });
        Assert.Equal((RefusalCode.EffectChanged, false), (refused.Code, refused.Recorded));
    }

    [Fact]
    public async Task Other_batch_on_the_same_nonce_is_refused()
    {
        await _signer.SignAsync(s_batch);
        Ask other = Ask.Batch("B2", new Ask { Family = "F3" }, new Ask { Family = "F4" });
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(other)).Code);
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(s_batch with { Family = "B2" })).Code);
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(new Ask { Family = "F3" })).Code);
    }

    [Fact]
    public async Task Batch_on_a_nonce_that_a_payment_or_a_fill_holds_is_refused()
    {
        await _signer.SignAsync(s_one);
        await _signer.SignAsync(new Ask { Nonce = 1 }.AsFill("fill-1"));
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(s_batch)).Code);
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(s_batch with { Nonce = 1 })).Code);
    }

    [Fact]
    public async Task Payment_that_is_open_on_another_nonce_is_no_member_until_it_is_resolved()
    {
        SignedBytes alone = await _signer.SignAsync(s_two with { Nonce = 5 });
        SignOutcome.Refused refused = await _signer.RefuseAsync(s_batch);
        Assert.Equal(
            (RefusalCode.FamilyUnresolved, alone.Hash, false), (refused.Code, refused.Conflict!.Record.Signature!.Hash, refused.Recorded));
        await ResolveAsync(s_two with { Nonce = 5 }, SlotOutcome.Reverted, alone.Hash);
        await _signer.SignAsync(s_batch);
    }

    [Fact]
    public async Task Member_of_an_open_batch_is_no_member_of_another()
    {
        SignedBytes batch = await _signer.SignAsync(s_batch);
        Ask other = Ask.Batch("B2", new Ask { Family = "F3", Nonce = 1 }, s_two);
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(other)).Code);
        await ResolveAsync(s_batch, SlotOutcome.Reverted, batch.Hash);
        await _signer.SignAsync(other);
    }

    [Fact]
    public async Task Batch_that_is_open_gets_no_second_nonce_under_any_name()
    {
        await _signer.SignAsync(s_batch);
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(s_batch with { Nonce = 1 })).Code);
        Ask asMember = Ask.Batch("B2", new Ask { Family = "B", Nonce = 1 }, new Ask { Family = "F3" });
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(asMember)).Code);
        Ask memberAsBatch = Ask.Batch("F1", new Ask { Family = "F3", Nonce = 1 }, new Ask { Family = "F4" });
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(memberAsBatch)).Code);
        Assert.Equal(RefusalCode.EffectChanged, (await _signer.RefuseAsync(memberAsBatch with { Nonce = 0 })).Code);
    }

    [Fact]
    public async Task Member_is_refused_on_another_chain_and_for_another_sender_too()
    {
        await _signer.SignAsync(s_batch);
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(s_two with { Chain = 1 })).Code);
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(s_two with { Sender = Ask.Bob })).Code);
    }

    [Fact]
    public async Task Only_the_batchs_own_family_is_resolved()
    {
        SignedBytes batch = await _signer.SignAsync(s_batch);
        var refused = Assert.IsType<ResolveOutcome.Refused>(await _signer.ResolveAsync(s_one, SlotOutcome.Reverted, batch.Hash));
        Assert.Equal(RefusalCode.NotSigned, refused.Code);
        Assert.Contains("batch B", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(s_one with { Nonce = 1 })).Code);
    }

    [Fact]
    public async Task Chain_that_takes_a_reverted_batch_after_all_forbids_its_members_again()
    {
        SignedBytes batch = await _signer.SignAsync(s_batch);
        await ResolveAsync(s_batch, SlotOutcome.Reverted, batch.Hash);
        await ResolveAsync(s_batch, SlotOutcome.Succeeded, batch.Hash);
        Assert.Equal(RefusalCode.FamilySucceeded, (await _signer.RefuseAsync(s_one with { Nonce = 1 })).Code);
    }

    [Fact]
    public async Task Refusal_of_a_batch_by_policy_is_for_ever_and_its_members_may_be_paid_alone()
    {
        Ask tooMuch = Ask.Batch("B", s_one, s_two with { Amount = 1_001 });
        SignOutcome.Refused refused = await _signer.RefuseAsync(tooMuch);
        Assert.Equal((RefusalCode.PolicyRefused, true), (refused.Code, refused.Recorded));
        _signer.Restart();
        SignOutcome.Refused again = await _signer.RefuseAsync(s_batch);
        Assert.Equal((RefusalCode.PreviouslyRefused, true), (again.Code, again.Recorded));

        await _signer.SignAsync(s_one);
        await _signer.SignAsync(s_two with { Nonce = 1 });
    }

    [Fact]
    public async Task Members_of_a_refused_batch_may_be_in_another_one_on_the_same_nonce()
    {
        await _signer.RefuseAsync(Ask.Batch("B", s_one, s_two with { Amount = 1_001 }));
        await _signer.SignAsync(Ask.Batch("B2", s_one, s_two));
    }

    [Fact]
    public async Task Member_that_was_refused_for_ever_on_the_nonce_refuses_the_batch_there_for_ever()
    {
        await _signer.RefuseAsync(s_two with { Amount = 1_001 });
        _signer.Restart();
        SignOutcome.Refused refused = await _signer.RefuseAsync(s_batch);
        Assert.Equal(
            (RefusalCode.PreviouslyRefused, true, "F2"), (refused.Code, refused.Recorded, refused.Conflict!.Record.Family));

        // What "recorded" says is true: nothing of the batch's name is signed on the nonce, also not without that member.
        _signer.Restart();
        Ask without = Ask.Batch("B", s_one, new Ask { Family = "F3" });
        Assert.Equal(RefusalCode.PreviouslyRefused, (await _signer.RefuseAsync(without)).Code);
        await _signer.SignAsync(without with { Family = "B2" });
    }

    [Fact]
    public async Task Refusal_of_a_signed_batchs_price_is_not_recorded_as_never_signed()
    {
        await _signer.SignAsync(s_batch);
        SignOutcome.Refused refused = await _signer.RefuseAsync(s_batch with { FeeCap = 1_000_000 });
        Assert.Equal((RefusalCode.PolicyRefusedSignedBefore, false), (refused.Code, refused.Recorded));
        await _signer.SignAsync(s_batch with { FeeCap = 1_500 });
    }

    [Fact]
    public async Task Batch_of_an_older_epoch_is_refused()
    {
        await _signer.SignAsync(s_batch with { Epoch = 5 });
        Assert.Equal(RefusalCode.StaleEpoch, (await _signer.RefuseAsync(s_batch with { Epoch = 4, FeeCap = 1_500 })).Code);
    }

    [Fact]
    public async Task Account_whose_owner_approves_sends_no_batches()
    {
        _signer.OtpSecretBytes = Encoding.ASCII.GetBytes("12345678901234567890123456789012");
        _signer.Restart();
        SignOutcome.Refused refused = await _signer.RefuseAsync(s_batch);
        Assert.Equal((RefusalCode.BatchUnderUserCustody, true), (refused.Code, refused.Recorded));
        Assert.Equal(RefusalCode.PreviouslyRefused, (await _signer.RefuseAsync(s_batch)).Code);
    }

    [Fact]
    public async Task Batch_that_was_signed_before_its_account_was_enrolled_is_not_recorded_as_never_signed()
    {
        await _signer.SignAsync(s_batch);
        _signer.OtpSecretBytes = Encoding.ASCII.GetBytes("12345678901234567890123456789012");
        _signer.Restart();
        SignOutcome.Refused refused = await _signer.RefuseAsync(s_batch with { FeeCap = 1_500 });
        Assert.Equal(
            (RefusalCode.BatchUnderUserCustody, false, "B"), (refused.Code, refused.Recorded, refused.Conflict!.Record.Family));
    }

    [Fact]
    public async Task Parallel_batches_and_payments_of_one_family_get_one_signature()
    {
        Ask[] asks =
        [
            .. Enumerable.Range(0, 32).Select(i => (Alone: s_one with { Nonce = (ulong)i }, i)).Select(at => at.i % 2 == 0
                ? at.Alone
                : Ask.Batch($"B{at.i}", at.Alone, new Ask { Family = $"G{at.i}" })),
        ];
        SignOutcome[] outcomes = await Task.WhenAll(asks.Select(ask => Task.Run(() => _signer.AskAsync(ask))));
        Assert.Single(outcomes, outcome => outcome is SignOutcome.Signed);
    }

    private async Task ResolveAsync(Ask ask, SlotOutcome outcome, Hash32? transaction) =>
        Assert.Equal(new ResolveOutcome.Recorded(false), await _signer.ResolveAsync(ask, outcome, transaction));
}
