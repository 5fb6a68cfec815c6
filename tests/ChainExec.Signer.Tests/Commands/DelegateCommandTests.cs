using System.Text;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;
using ChainExec.Signer.Commands;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Commands;

public sealed class DelegateCommandTests : IDisposable
{
    private static readonly Address s_delegate = Address.Parse("0xe6Cae83BdE06E4c305530e199D7217f42808555B");

    private readonly TestSigner _signer = new(Policies.Json(extra: Policies.Batches));
    private readonly TemporaryFolder _folder = new();

    public DelegateCommandTests()
    {
        _folder.Write("password", "password\n");
        Directory.CreateDirectory(_folder.Path("keys"));
        using PrivateKey key = Ask.AliceKey();
        _folder.Write("keys/alice.json", Keystore.Encrypt(key, "password"u8, new KeystoreCost(2, 8, 1)));
        _signer.Stop();
    }

    public void Dispose()
    {
        _signer.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Transaction_delegates_its_own_sender_on_this_chain_only()
    {
        string printed = Delegate();
        SignedTransaction signed = SignedTransaction.Decode(Written());
        var transaction = Assert.IsType<Eip7702Transaction>(signed.Transaction);
        SignedAuthorization authorization = Assert.Single(transaction.AuthorizationList);
        Assert.Equal(
            (31337UL, 7UL, Ask.Alice, Ask.Alice, UInt256.Zero, 0, 100_000UL, (UInt256)1_000, (UInt256)2),
            (transaction.ChainId, transaction.Nonce, signed.Sender, transaction.To!.Value, transaction.Value, transaction.Data.Length,
                transaction.GasLimit, transaction.MaxFeePerGas, transaction.MaxPriorityFeePerGas));
        Assert.Equal(new Authorization(31337, s_delegate, 8), authorization.Authorization);
        Assert.True(authorization.TryRecoverAuthority(out Address authority));
        Assert.Equal((Ask.Alice, signed.Hash.ToString()), (authority, printed.Trim()));
    }

    [Fact]
    public void Bytes_are_in_a_file_for_its_owner_only_and_nowhere_else()
    {
        string printed = Delegate();
        Assert.DoesNotContain(Hex.Encode(Written())[2..], printed, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.Path("tx")));
    }

    [Fact]
    public async Task Both_nonces_are_gone_for_payments_and_batches_and_not_for_fills()
    {
        Delegate();
        _signer.Start();
        foreach (ulong nonce in new ulong[] { 7, 8 })
        {
            Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(new Ask { Nonce = nonce })).Code);
            await _signer.SignAsync(new Ask { Nonce = nonce }.AsFill($"fill-{nonce}"));
        }

        await _signer.SignAsync(new Ask { Nonce = 9 });
    }

    [Fact]
    public void Same_command_again_gives_the_same_bytes_and_one_record()
    {
        string first = Delegate();
        byte[] bytes = Written();
        File.Delete(_folder.Path("tx"));
        Assert.Equal(first, Delegate());
        Assert.Equal(bytes, Written());
        Assert.Single(Journalled());
    }

    [Theory]
    [InlineData("--nonce", "8")]
    [InlineData("--nonce", "6")]
    [InlineData("--max-fee-per-gas", "1001")]
    [InlineData("--gas-limit", "100001")]
    public void Second_delegation_on_one_of_the_nonces_is_refused(string option, string value)
    {
        Delegate();
        File.Delete(_folder.Path("tx"));
        Refused("The journal knows the nonce", option, value);
        Assert.Single(Journalled());
    }

    [Theory]
    [InlineData(7UL, "signed")]
    [InlineData(8UL, "signed")]
    [InlineData(7UL, "refused")]
    [InlineData(8UL, "filled")]
    public async Task Nonce_of_which_the_journal_knows_anything_is_refused(ulong nonce, string what)
    {
        _signer.Start();
        var ask = new Ask { Nonce = nonce };
        await _signer.AskAsync(what switch { "refused" => ask with { Amount = 5_000 }, "filled" => ask.AsFill("fill-1"), _ => ask });
        _signer.Stop();
        Refused($"The journal knows the nonce {nonce}");
    }

    [Fact]
    public async Task Nonces_around_and_of_other_chains_are_no_matter()
    {
        _signer.Start();
        await _signer.SignAsync(new Ask { Nonce = 6 });
        await _signer.SignAsync(new Ask { Nonce = 9, Family = "F2" });
        _signer.Stop();
        Delegate();
    }

    [Theory]
    [InlineData("--delegate", "0x00000000000000000000000000000000000000aa", "is not among the batches.delegates")]
    [InlineData("--delegate", "0x0000000000000000000000000000000000000000", "is not among the batches.delegates")]
    [InlineData("--chain", "1", "does not name the chain 1")]
    [InlineData("--chain", "0", "--chain is a whole number")]
    [InlineData("--account", "0x0000000000000000000000000000000000000b0b", "holds no key of")]
    [InlineData("--nonce", "18446744073709551614", "--nonce is a whole number")]
    [InlineData("--nonce", "-1", "--nonce is a whole number")]
    [InlineData("--gas-limit", "45999", "--gas-limit is a whole number")]
    [InlineData("--max-fee-per-gas", "10001", "above the policy's 1000000000 wei")]
    [InlineData("--max-fee-per-gas", "1e9", "--max-fee-per-gas is a whole number of wei")]
    [InlineData("--max-fee-per-gas", "1", "is above --max-fee-per-gas")]
    public void What_is_not_allowed_is_refused_and_leaves_nothing(string option, string value, string message)
    {
        Refused(message, option, value);
        Assert.Empty(Journalled());
    }

    [Fact]
    public void Chain_without_batches_has_no_delegates()
    {
        _signer.Policy = Policies.Json();
        Refused("is not among the batches.delegates");
    }

    [Fact]
    public async Task Account_whose_owner_approves_is_not_delegated()
    {
        _signer.OtpSecretBytes = Encoding.ASCII.GetBytes("12345678901234567890123456789012");
        _signer.Restart();
        Assert.Equal(RefusalCode.ApprovalRequired, (await _signer.RefuseAsync(new Ask())).Code);
        _signer.Stop();
        Refused("approves each payment");
    }

    [Fact]
    public void File_that_exists_is_not_overwritten_and_nothing_is_signed()
    {
        _folder.Write("tx", "mine");
        Refused("exists already");
        Assert.Equal("mine", File.ReadAllText(_folder.Path("tx")));
        Assert.Empty(Journalled());
    }

    [Fact]
    public void File_that_cannot_be_written_is_told_with_what_to_do()
    {
        Refused("Give the same command again with another --out", "--out", _folder.Path("no/such/folder/tx"));
        Assert.Single(Journalled());
        Delegate();
        Assert.Single(Journalled());
    }

    [Fact]
    public void Signer_that_runs_holds_the_journal()
    {
        _signer.Start();
        Assert.Contains("does another signer hold it", Assert.Throws<JournalException>(() => Delegate()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Path("tx")));
    }

    [Fact]
    public void Journal_is_not_made_by_this_command()
    {
        string journal = _folder.Path("elsewhere");
        Refused("There is no journal", "--journal", journal);
        Assert.False(File.Exists(journal));
    }

    private string Delegate(params string[] changed)
    {
        var options = new Dictionary<string, string>
        {
            ["--keystore"] = _folder.Path("keys"),
            ["--password-file"] = _folder.Path("password"),
            ["--policy"] = _folder.Write("policy.json", _signer.Policy),
            ["--journal"] = _signer.JournalPath,
            ["--chain"] = "31337",
            ["--account"] = Ask.Alice.ToString(),
            ["--delegate"] = s_delegate.ToString(),
            ["--nonce"] = "7",
            ["--max-fee-per-gas"] = "1000",
            ["--max-priority-fee-per-gas"] = "2",
            ["--out"] = _folder.Path("tx"),
        };
        for (int i = 0; i < changed.Length; i += 2)
            options[changed[i]] = changed[i + 1];
        using var output = new StringWriter();
        DelegateCommand.Run(
            CommandArguments.Parse([.. options.SelectMany(pair => new[] { pair.Key, pair.Value })], _ => null, DelegateCommand.Options),
            _signer.Clock, output);
        return output.ToString();
    }

    private void Refused(string message, params string[] changed)
    {
        SignerStartException refused = Assert.Throws<SignerStartException>(() => Delegate(changed));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private byte[] Written() => Hex.Decode(File.ReadAllText(_folder.Path("tx")).Trim());

    private List<DelegatedRecord> Journalled()
    {
        var records = new List<DelegatedRecord>();
        using (JournalFile.Open(
            _signer.JournalPath, _signer.Clock, _signer.JournalLog,
            record => records.AddRange(record is DelegatedRecord delegated ? [delegated] : [])))
        {
        }

        return records;
    }
}
