using System.Text;
using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Signing;

public sealed class ApprovalTests : IDisposable
{
    private static readonly byte[] s_secret = Encoding.ASCII.GetBytes("12345678901234567890123456789012");

    private readonly TestSigner _signer = new() { OtpSecretBytes = s_secret };
    private readonly OtpSecret _authenticator = OtpSecret.FromBytes(s_secret);

    public ApprovalTests() => _signer.Restart();

    public void Dispose()
    {
        _signer.Dispose();
        _authenticator.Dispose();
    }

    // RFC 6238, appendix B, the last six of eight digits.
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Passwords_are_those_of_the_specification(long unixSeconds, string expected)
    {
        using OtpSecret secret = OtpSecret.FromBytes("12345678901234567890"u8);
        Assert.Equal(expected, secret.At(DateTimeOffset.FromUnixTimeSeconds(unixSeconds)));
    }

    [Fact]
    public async Task Nothing_is_signed_before_the_owner_approved_and_nothing_is_recorded_against_it()
    {
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask());
        Assert.Equal((RefusalCode.ApprovalRequired, false), (refused.Code, refused.Recorded));

        Assert.IsType<ApproveOutcome.Recorded>(await ApproveAsync(new Ask()));
        await _signer.SignAsync(new Ask());
    }

    [Fact]
    public async Task Approval_outlives_a_restart()
    {
        await ApproveAsync(new Ask());
        _signer.Restart();
        await _signer.SignAsync(new Ask());
    }

    [Fact]
    public async Task Wrong_password_approves_nothing()
    {
        Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask(), Wrong()));
        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask())).Code);
    }

    [Fact]
    public async Task Password_counts_once()
    {
        string otp = Now();
        await ApproveAsync(new Ask(), otp);
        Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask { Family = "F2", Nonce = 1 }, otp));
    }

    [Fact]
    public async Task Password_of_the_step_before_counts_and_of_two_before_does_not()
    {
        string old = Now();
        _signer.Clock.Now += TimeSpan.FromSeconds(60);
        Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask(), old));
        string before = Now();
        _signer.Clock.Now += TimeSpan.FromSeconds(30);
        Assert.IsType<ApproveOutcome.Recorded>(await ApproveAsync(new Ask(), before));
    }

    [Fact]
    public async Task Same_approval_again_needs_no_password()
    {
        Approval approval = Of(new Ask());
        await _signer.Service.ApproveAsync(approval, Now(), TestContext.Current.CancellationToken);
        Assert.Equal(
            new ApproveOutcome.Recorded(Replayed: true),
            await _signer.Service.ApproveAsync(approval, "", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Guessing_is_stopped_also_across_a_restart()
    {
        for (int i = 0; i < ApprovalRules.WrongMax; i++)
            Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask(), Wrong()));
        _signer.Restart();
        Assert.Equal(RefusalCode.OtpLocked, await RefuseAsync(new Ask(), Now()));
        _signer.Clock.Now += ApprovalRules.LockMin + TimeSpan.FromSeconds(1);
        Assert.IsType<ApproveOutcome.Recorded>(await ApproveAsync(new Ask()));
    }

    [Fact]
    public async Task Each_wrong_password_after_the_fifth_locks_for_twice_as_long_up_to_a_day_until_a_right_one()
    {
        for (int i = 0; i < ApprovalRules.WrongMax; i++)
            Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask(), Wrong()));
        var locks = new List<int>();
        for (int waited = 0; locks.Count < 9;)
        {
            _signer.Restart();
            if (await RefuseAsync(new Ask(), Wrong()) == RefusalCode.OtpLocked)
            {
                _signer.Clock.Now += ApprovalRules.LockMin;
                waited++;
            }
            else
            {
                locks.Add(waited);
                waited = 0;
            }
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 96, 96], locks);
        _signer.Clock.Now += ApprovalRules.LockMax;
        await ApproveAsync(new Ask());
        Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask { Family = "F2" }, Wrong()));
        Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask { Family = "F2" }, Wrong()));
    }

    [Fact]
    public async Task Operator_ends_a_lock_on_record_and_no_used_password_counts_again()
    {
        string used = Now();
        await ApproveAsync(new Ask(), used);
        for (int i = 0; i < ApprovalRules.WrongMax; i++)
            await RefuseAsync(new Ask { Family = "F2", Nonce = 1 }, Wrong());
        Assert.Equal(RefusalCode.OtpLocked, await RefuseAsync(new Ask { Family = "F2", Nonce = 1 }, Now()));

        Assert.Contains("takes passwords again", _signer.Unlock(), StringComparison.Ordinal);
        Assert.Equal(RefusalCode.OtpInvalid, await RefuseAsync(new Ask { Family = "F2", Nonce = 1 }, used));
        Assert.IsType<ApproveOutcome.Recorded>(await ApproveAsync(new Ask { Family = "F2", Nonce = 1 }, Next()));
        Assert.Contains("not locked", Assert.Throws<SignerStartException>(_signer.Unlock).Message, StringComparison.Ordinal);
        // The record does not stop the next start, and is what an auditor reads.
        _signer.Restart();
        _signer.Stop();
        Assert.Contains("otp_unlocked", File.ReadAllText(_signer.JournalPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_effect_is_not_approved()
    {
        await ApproveAsync(new Ask());
        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask { Amount = 501 })).Code);
        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask { Family = "F2" })).Code);
    }

    [Fact]
    public async Task Prices_up_to_the_approved_fee_are_signed_and_none_above()
    {
        // 100,000 gas at 1,000 wei, and what is approved is an eighth more.
        await ApproveAsync(new Ask(), fee: 112_500_000);
        await _signer.SignAsync(new Ask());
        await _signer.SignAsync(new Ask { FeeCap = 1_125 });
        SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask { FeeCap = 1_126 });
        Assert.Equal((RefusalCode.AboveApprovedFee, false), (refused.Code, refused.Recorded));
    }

    [Fact]
    public async Task Expired_approval_signs_nothing_new_but_the_prices_of_a_signed_slot()
    {
        await ApproveAsync(new Ask(), fee: 200_000_000);
        await ApproveAsync(new Ask { Family = "F2", Nonce = 1 }, Next(), fee: 200_000_000);
        await _signer.SignAsync(new Ask());
        _signer.Clock.Now += TimeSpan.FromMinutes(11);
        await _signer.SignAsync(new Ask { FeeCap = 1_200 });
        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask { Family = "F2", Nonce = 1 })).Code);
    }

    [Fact]
    public async Task Approval_is_good_for_one_nonce()
    {
        await ApproveAsync(new Ask());
        SignedBytes first = await _signer.SignAsync(new Ask());
        await _signer.ResolveAsync(new Ask(), SlotOutcome.Reverted, first.Hash);
        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask { Nonce = 1 })).Code);

        await ApproveAsync(new Ask(), Next(), fee: 150_000_000);
        await _signer.SignAsync(new Ask { Nonce = 1 });
    }

    [Fact]
    public async Task Approval_is_used_by_what_the_journal_has_after_it_whatever_the_clock_says()
    {
        await ApproveAsync(new Ask());
        DateTimeOffset approvedAt = _signer.Clock.Now;
        _signer.Clock.Now -= TimeSpan.FromMinutes(1);
        SignedBytes first = await _signer.SignAsync(new Ask());
        _signer.Clock.Now = approvedAt;
        await _signer.ResolveAsync(new Ask(), SlotOutcome.Reverted, first.Hash);

        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask { Nonce = 1 })).Code);
        _signer.Restart();
        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask { Nonce = 1 })).Code);
    }

    [Fact]
    public void Lost_secret_of_an_enrolled_account_stops_the_start()
    {
        _signer.OtpSecretBytes = null;
        SignerStartException refused = Assert.Throws<SignerStartException>(_signer.Restart);
        Assert.Contains(Ask.Alice.ToString(), refused.Message, StringComparison.Ordinal);

        // Enrolled anew, with whatever secret, it starts.
        _signer.Stop();
        _signer.OtpSecretBytes = [.. s_secret.Reverse()];
        _signer.Restart();
    }

    [Fact]
    public void Account_that_approved_before_enrolments_were_journalled_counts_as_enrolled()
    {
        var index = new JournalIndex();
        index.Apply(new ApprovedRecord(_signer.Clock.Now, Of(new Ask()), 1));
        Assert.Equal([Ask.Alice], index.Enrolled);
    }

    [Fact]
    public async Task Fill_needs_no_approval() => await _signer.SignAsync(new Ask().AsFill("fill.1"));

    [Fact]
    public async Task Account_without_an_authenticator_takes_no_approval()
    {
        using var signer = new TestSigner();
        ApproveOutcome outcome = await signer.Service.ApproveAsync(Of(new Ask()), Now(), TestContext.Current.CancellationToken);
        Assert.Equal(RefusalCode.NotUserCustody, Assert.IsType<ApproveOutcome.Refused>(outcome).Code);
        await signer.SignAsync(new Ask());
    }

    [Fact]
    public async Task Approval_ends_within_a_day()
    {
        DateTimeOffset now = _signer.Clock.GetUtcNow();
        foreach (DateTimeOffset end in new[] { now, now.AddHours(25) })
        {
            var refused = Assert.IsType<ApproveOutcome.Refused>(await _signer.Service.ApproveAsync(
                Of(new Ask()) with { ExpiresAt = end }, Now(), TestContext.Current.CancellationToken));
            Assert.Equal(RefusalCode.ApprovalExpired, refused.Code);
        }
    }

    private string Now() => _authenticator.At(_signer.Clock.GetUtcNow());

    private string Wrong() => ((int.Parse(Now(), null) + 1) % 1_000_000).ToString("D6", null);

    // The next password of the authenticator: each counts once.
    private string Next()
    {
        _signer.Clock.Now += TimeSpan.FromSeconds(30);
        return Now();
    }

    private Approval Of(Ask ask, long fee = 100_000_000) => new(
        ask.Chain, ask.Sender, ask.Family, ask.Command.EffectHash, (UInt256)(ulong)fee, _signer.Clock.GetUtcNow().AddMinutes(10));

    private Task<ApproveOutcome> ApproveAsync(Ask ask, string? otp = null, long fee = 100_000_000) =>
        _signer.Service.ApproveAsync(Of(ask, fee), otp ?? Now(), TestContext.Current.CancellationToken);

    private async Task<string> RefuseAsync(Ask ask, string otp) =>
        Assert.IsType<ApproveOutcome.Refused>(await ApproveAsync(ask, otp)).Code;
}
