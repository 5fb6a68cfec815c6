using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Signing;

public sealed class SigningRulesTests : IDisposable
{
    private readonly TestSigner _signer = new();

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task Signed_bytes_are_the_requested_transaction_of_the_sender()
    {
        var ask = new Ask();
        SignedBytes bytes = await _signer.SignAsync(ask);

        SignedTransaction decoded = Eip1559Transaction.Decode(bytes.Raw.Span);
        Assert.Equal((ask.Transaction, Ask.Alice, bytes.Hash), (decoded.Transaction, decoded.Sender, decoded.Hash));
    }

    [Fact]
    public async Task Same_request_gets_the_stored_bytes()
    {
        SignedBytes first = await _signer.SignAsync(new Ask());
        var second = Assert.IsType<SignOutcome.Signed>(await _signer.AskAsync(new Ask()));
        Assert.True(second.Replayed);
        Assert.Equal(first.Raw.ToArray(), second.Bytes.Raw.ToArray());
    }

    [Fact]
    public async Task Same_request_gets_the_stored_bytes_after_a_restart()
    {
        SignedBytes first = await _signer.SignAsync(new Ask());
        _signer.Restart();
        var second = Assert.IsType<SignOutcome.Signed>(await _signer.AskAsync(new Ask()));
        Assert.True(second.Replayed);
        Assert.Equal(first.Raw.ToArray(), second.Bytes.Raw.ToArray());
    }

    [Fact]
    public async Task Same_request_gets_the_stored_bytes_even_with_a_stale_epoch()
    {
        SignedBytes first = await _signer.SignAsync(new Ask { Epoch = 3 });
        SignedBytes second = await _signer.SignAsync(new Ask { Epoch = 2 });
        Assert.Equal(first.Hash, second.Hash);
    }

    [Fact]
    public async Task Second_family_on_a_nonce_is_refused_with_the_first_ones_entry()
    {
        SignedBytes first = await _signer.SignAsync(new Ask());
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask { Family = "F2", Recipient = Ask.Alice });
        Assert.Equal(
            (RefusalCode.NonceTaken, "F1", first.Hash, false),
            (refused.Code, refused.Conflict!.Record.Family, refused.Conflict.Record.Signature!.Hash, refused.Recorded));
    }

    [Fact]
    public async Task Second_family_on_a_nonce_is_refused_after_a_restart_and_whatever_its_epoch()
    {
        await _signer.SignAsync(new Ask());
        _signer.Restart();
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(new Ask { Family = "F2", Epoch = 99 })).Code);
    }

    [Fact]
    public async Task Higher_price_for_the_same_effect_is_signed()
    {
        SignedBytes first = await _signer.SignAsync(new Ask());
        SignedBytes second = await _signer.SignAsync(new Ask { FeeCap = 2_000 });
        Assert.NotEqual(first.Hash, second.Hash);
    }

    [Theory]
    [InlineData(501UL, false)]
    [InlineData(500UL, true)]
    public async Task Changed_effect_on_the_familys_nonce_is_refused(ulong amount, bool otherRecipient)
    {
        await _signer.SignAsync(new Ask());
        var changed = new Ask { Amount = amount, Recipient = otherRecipient ? Ask.Alice : Ask.Bob, FeeCap = 2_000 };
        Assert.Equal(RefusalCode.EffectChanged, (await _signer.RefuseAsync(changed)).Code);
    }

    [Fact]
    public async Task Second_nonce_for_an_unresolved_family_is_refused_with_the_first_ones_entry()
    {
        SignedBytes first = await _signer.SignAsync(new Ask());
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask { Nonce = 1 });
        Assert.Equal((RefusalCode.FamilyUnresolved, first.Hash), (refused.Code, refused.Conflict!.Record.Signature!.Hash));
    }

    [Fact]
    public async Task Second_nonce_on_another_chain_for_an_unresolved_family_is_refused()
    {
        _signer.Policy = Policies.Json().Replace(
            "\"chains\": {", "\"chains\": { \"1\": { \"contracts\": {}, \"max_fee_per_transaction\": \"1\" },", StringComparison.Ordinal);
        _signer.Restart();
        await _signer.SignAsync(new Ask());
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(new Ask { Chain = 1 })).Code);
    }

    [Fact]
    public async Task Older_epoch_is_refused_for_a_new_price()
    {
        await _signer.SignAsync(new Ask { Epoch = 5 });
        Assert.Equal(RefusalCode.StaleEpoch, (await _signer.RefuseAsync(new Ask { Epoch = 4, FeeCap = 2_000 })).Code);
    }

    [Fact]
    public async Task Older_epoch_is_refused_after_a_restart()
    {
        await _signer.SignAsync(new Ask { Epoch = 5 });
        _signer.Restart();
        Assert.Equal(RefusalCode.StaleEpoch, (await _signer.RefuseAsync(new Ask { Epoch = 4, FeeCap = 2_000 })).Code);
    }

    [Fact]
    public async Task Fill_is_signed_on_a_nonce_that_another_family_holds()
    {
        await _signer.SignAsync(new Ask());
        SignedBytes fill = await _signer.SignAsync(new Ask().AsFill("fill-1"));
        Assert.Equal(Ask.Alice, Eip1559Transaction.Decode(fill.Raw.Span).Transaction.To);
    }

    [Fact]
    public async Task Family_may_still_raise_its_price_after_a_fill_of_its_nonce()
    {
        await _signer.SignAsync(new Ask());
        await _signer.SignAsync(new Ask().AsFill("fill-1"));
        await _signer.SignAsync(new Ask { FeeCap = 2_000 });
    }

    [Fact]
    public async Task Fill_is_signed_on_a_nonce_that_nobody_holds()
    {
        await _signer.SignAsync(new Ask().AsFill("fill-1"));
    }

    [Fact]
    public async Task Nonce_that_a_fill_holds_is_not_given_to_a_family()
    {
        await _signer.SignAsync(new Ask().AsFill("fill-1"));
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(new Ask())).Code);
    }

    [Fact]
    public async Task Fill_does_not_count_as_the_familys_effect()
    {
        await _signer.SignAsync(new Ask().AsFill("F1"));
        await _signer.SignAsync(new Ask { Nonce = 1 });
    }

    [Fact]
    public async Task Fill_that_sends_something_is_refused()
    {
        Assert.Equal(RefusalCode.InvalidFill, (await _signer.RefuseAsync(new Ask().AsFill("f") with { Value = 1 })).Code);
        Assert.Equal(RefusalCode.InvalidFill, (await _signer.RefuseAsync(new Ask().AsFill("f") with { RawData = [1] })).Code);
        Assert.Equal(RefusalCode.InvalidFill, (await _signer.RefuseAsync(new Ask().AsFill("f") with { To = Ask.Bob })).Code);
    }

    [Fact]
    public async Task Fill_may_go_to_the_policys_fill_address()
    {
        _signer.Policy = Policies.Json(extra: $", \"fill_address\": \"{Ask.Bob.ToHex()}\"");
        _signer.Restart();
        await _signer.SignAsync(new Ask().AsFill("f") with { To = Ask.Bob });
    }

    [Fact]
    public async Task Refused_fill_may_be_asked_again_at_a_lower_fee()
    {
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask().AsFill("f") with { FeeCap = 1_000_000 });
        Assert.Equal((RefusalCode.PolicyRefused, false), (refused.Code, refused.Recorded));
        await _signer.SignAsync(new Ask().AsFill("f"));
    }

    [Fact]
    public async Task Refusal_by_policy_is_for_ever_even_when_the_policy_is_widened()
    {
        var ask = new Ask { Amount = 1_001 };
        SignOutcome.Refused first = await _signer.RefuseAsync(ask);
        Assert.Equal((RefusalCode.PolicyRefused, true), (first.Code, first.Recorded));

        _signer.Policy = Policies.Json(perCall: "2000");
        _signer.Restart();
        SignOutcome.Refused second = await _signer.RefuseAsync(ask);
        Assert.Equal((RefusalCode.PreviouslyRefused, true), (second.Code, second.Recorded));
    }

    [Fact]
    public async Task Released_nonce_goes_to_another_family_and_the_refused_one_may_take_another_nonce()
    {
        await _signer.RefuseAsync(new Ask { Amount = 1_001 });
        await _signer.SignAsync(new Ask { Family = "F2" });
        await _signer.SignAsync(new Ask { Nonce = 1 });
    }

    [Fact]
    public async Task Refusal_of_a_slot_with_signed_bytes_is_not_recorded_as_never_signed()
    {
        await _signer.SignAsync(new Ask());
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask { FeeCap = 1_000_000 });
        Assert.Equal((RefusalCode.PolicyRefusedSignedBefore, false), (refused.Code, refused.Recorded));
        await _signer.SignAsync(new Ask { FeeCap = 2_000 });
    }

    [Fact]
    public async Task Unknown_function_is_refused_for_ever()
    {
        var ask = new Ask { Function = "mint(address,uint256)" };
        SignOutcome.Refused refused = await _signer.RefuseAsync(ask);
        Assert.Equal((RefusalCode.UnknownFunction, true), (refused.Code, refused.Recorded));
        Assert.Equal(RefusalCode.PreviouslyRefused, (await _signer.RefuseAsync(ask)).Code);
    }

    [Fact]
    public async Task Account_without_a_key_is_refused_and_leaves_no_trace()
    {
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask { Sender = Ask.Bob });
        Assert.Equal((RefusalCode.UnknownAccount, false, 0), (refused.Code, refused.Recorded, _signer.Service.JournalEntries));
    }

    [Fact]
    public async Task Parallel_families_on_one_nonce_get_one_signature()
    {
        SignOutcome[] outcomes = await Task.WhenAll(
            Enumerable.Range(0, 32).Select(i => Task.Run(() => _signer.AskAsync(new Ask { Family = $"F{i}" }))));
        Assert.Single(outcomes, outcome => outcome is SignOutcome.Signed);
    }

    [Fact]
    public async Task Slot_takes_a_bounded_number_of_signatures()
    {
        for (int i = 0; i < SigningRules.SignaturesPerSlotMax; i++)
            await _signer.SignAsync(new Ask { FeeCap = (UInt256)(ulong)(1_000 + i) });
        Assert.Equal(RefusalCode.SlotFull, (await _signer.RefuseAsync(new Ask { FeeCap = 5_000 })).Code);
    }

    [Fact]
    public async Task Journal_is_read_in_pages_ordered_by_nonce()
    {
        await _signer.SignAsync(new Ask { Nonce = 2, Family = "F2" });
        await _signer.SignAsync(new Ask { Nonce = 0 });
        await _signer.SignAsync(new Ask { Nonce = 0, FeeCap = 2_000 });
        await _signer.RefuseAsync(new Ask { Nonce = 1, Family = "F3", Amount = 5_000 });

        var read = new List<(ulong, string, bool)>();
        (ulong Nonce, int Skip)? at = (0, 0);
        while (at is { } position)
        {
            JournalPage page = await _signer.Service.ReadAsync(
                new JournalQuery(31337, Ask.Alice, position.Nonce, position.Skip, 1), TestContext.Current.CancellationToken);
            read.AddRange(page.Entries.Select(entry => (entry.Record.Slot.Nonce, entry.Record.Family, entry.Record.IsSigned)));
            at = page.Next;
        }

        Assert.Equal([(0, "F1", true), (0, "F1", true), (1, "F3", false), (2, "F2", true)], read);
    }

    [Fact]
    public void Effect_hash_ignores_price_and_nonce_and_nothing_else()
    {
        Hash32 effect = new Ask().Command.EffectHash;
        Assert.Equal(effect, new Ask { Nonce = 9, FeeCap = 7, GasLimit = 50_000 }.Command.EffectHash);
        Ask[] others =
        [
            new() { Chain = 1 }, new() { Sender = Ask.Bob }, new() { To = Ask.Bob }, new() { Value = 1 }, new() { Amount = 1 },
        ];
        Assert.Equal(others.Length + 1, others.Select(other => other.Command.EffectHash).Append(effect).Distinct().Count());
    }
}
