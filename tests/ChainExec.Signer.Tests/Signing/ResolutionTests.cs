using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Signing;

public sealed class ResolutionTests : IDisposable
{
    private static readonly Hash32 s_foreign = Keccak256.Hash("foreign"u8);

    private readonly TestSigner _signer = new();

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task Family_whose_slot_was_filled_may_take_another_nonce()
    {
        await _signer.SignAsync(new Ask());
        SignedBytes fill = await _signer.SignAsync(new Ask().AsFill("fill-1"));
        await ResolveAsync(SlotOutcome.Filled, fill.Hash);
        _signer.Restart();
        await _signer.SignAsync(new Ask { Nonce = 1 });
    }

    [Fact]
    public async Task Family_whose_transaction_reverted_may_take_another_nonce()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await ResolveAsync(SlotOutcome.Reverted, own.Hash);
        await _signer.SignAsync(new Ask { Nonce = 1 });
    }

    [Fact]
    public async Task Family_whose_nonce_was_consumed_by_something_foreign_may_take_another()
    {
        await _signer.SignAsync(new Ask());
        await ResolveAsync(SlotOutcome.Consumed, null);
        await _signer.SignAsync(new Ask { Nonce = 1 });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Family_that_succeeded_never_gets_a_second_nonce(bool adopted)
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await ResolveAsync(adopted ? SlotOutcome.Adopted : SlotOutcome.Succeeded, adopted ? s_foreign : own.Hash);
        _signer.Restart();
        Assert.Equal(RefusalCode.FamilySucceeded, (await _signer.RefuseAsync(new Ask { Nonce = 1 })).Code);
    }

    [Fact]
    public async Task Resolution_of_one_nonce_does_not_free_a_family_with_another_open_one()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await ResolveAsync(SlotOutcome.Reverted, own.Hash);
        await _signer.SignAsync(new Ask { Nonce = 1 });
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(new Ask { Nonce = 2 })).Code);
    }

    [Fact]
    public async Task Nothing_new_is_signed_on_a_resolved_nonce()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await ResolveAsync(SlotOutcome.Reverted, own.Hash);
        Assert.Equal(RefusalCode.NonceResolved, (await _signer.RefuseAsync(new Ask { FeeCap = 2_000 })).Code);
    }

    [Fact]
    public async Task Resolved_nonce_is_not_given_to_another_family()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await ResolveAsync(SlotOutcome.Reverted, own.Hash);
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(new Ask { Family = "F2" })).Code);
    }

    [Fact]
    public async Task Same_resolution_twice_is_one_record()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await ResolveAsync(SlotOutcome.Reverted, own.Hash);
        long entries = _signer.Service.JournalEntries;
        ResolveOutcome again = await _signer.ResolveAsync(new Ask(), SlotOutcome.Reverted, own.Hash);
        Assert.Equal((new ResolveOutcome.Recorded(true), entries), (again, _signer.Service.JournalEntries));
    }

    [Fact]
    public async Task Success_cannot_be_turned_into_a_revert()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await ResolveAsync(SlotOutcome.Succeeded, own.Hash);
        Assert.Equal(RefusalCode.AlreadyResolved, await RefusedAsync(SlotOutcome.Reverted, own.Hash));
    }

    [Fact]
    public async Task Slot_that_was_never_signed_cannot_be_resolved() =>
        Assert.Equal(RefusalCode.NotSigned, await RefusedAsync(SlotOutcome.Consumed, null));

    [Fact]
    public async Task Evidence_that_contradicts_the_journal_is_refused()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        Assert.Equal(RefusalCode.EvidenceMismatch, await RefusedAsync(SlotOutcome.Succeeded, s_foreign));
        Assert.Equal(RefusalCode.EvidenceMismatch, await RefusedAsync(SlotOutcome.Reverted, s_foreign));
        Assert.Equal(RefusalCode.EvidenceMismatch, await RefusedAsync(SlotOutcome.Filled, s_foreign));
        Assert.Equal(RefusalCode.EvidenceMismatch, await RefusedAsync(SlotOutcome.Filled, own.Hash));
        Assert.Equal(RefusalCode.EvidenceMismatch, await RefusedAsync(SlotOutcome.Consumed, own.Hash));
        Assert.Equal(RefusalCode.EvidenceMismatch, await RefusedAsync(SlotOutcome.Adopted, own.Hash));
        Assert.Equal(RefusalCode.EvidenceMismatch, await RefusedAsync(SlotOutcome.Reverted, null));
    }

    private async Task ResolveAsync(SlotOutcome outcome, Hash32? transaction) =>
        Assert.Equal(new ResolveOutcome.Recorded(false), await _signer.ResolveAsync(new Ask(), outcome, transaction));

    private async Task<string> RefusedAsync(SlotOutcome outcome, Hash32? transaction) =>
        Assert.IsType<ResolveOutcome.Refused>(await _signer.ResolveAsync(new Ask(), outcome, transaction)).Code;
}
