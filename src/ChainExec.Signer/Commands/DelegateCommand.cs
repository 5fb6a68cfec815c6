using System.Globalization;
using System.Security.Cryptography;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;
using ChainExec.Signer.Policy;
using ChainExec.Signer.Signing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChainExec.Signer.Commands;

/// <summary>
/// Makes the transaction by which a new account takes over the code of a delegate (EIP-7702), while the signer is stopped. Not a request to
/// the running signer: whoever holds the server must not be able to say whose code our accounts run.
/// </summary>
internal static class DelegateCommand
{
    /// <summary>Enough for the authorization of an account without code (46,000) and what the delegate does when it is called.</summary>
    private const ulong GasLimitDefault = 100_000;

    private const ulong GasLimitMin = 46_000;

    /// <summary>Above it the authorization's nonce, one higher, would be one that no chain applies.</summary>
    private const ulong NonceMax = ulong.MaxValue - 2;

    /// <summary>What the command knows.</summary>
    internal static readonly string[] Options =
    [
        "--keystore", "--password-file", "--policy", "--journal", "--chain", "--account", "--delegate", "--nonce", "--gas-limit",
        "--max-fee-per-gas", "--max-priority-fee-per-gas", "--out",
    ];

    /// <summary>
    /// Signs, journals, and then writes the bytes into a new file, as hex; the hash goes to the output. The same command again gives the
    /// same bytes, so one that died between journal and file loses nothing. Throws <see cref="SignerStartException"/> and
    /// <see cref="JournalException"/>.
    /// </summary>
    internal static void Run(CommandArguments arguments, TimeProvider clock, TextWriter output)
    {
        var delegation = new Delegation(
            new SlotKey(Number(arguments, "--chain", 1, ulong.MaxValue), Account(arguments, "--account"),
                Number(arguments, "--nonce", 0, NonceMax)),
            Account(arguments, "--delegate"));
        SigningPolicy policy = PolicyReader.ReadFile(arguments.Required("--policy"));
        string path = arguments.Required("--out");
        if (Path.Exists(path))
            throw new SignerStartException($"The file {path} exists already.");
        string journalPath = arguments.Required("--journal");
        if (!File.Exists(journalPath))
            throw new SignerStartException($"There is no journal {journalPath}: start the signer once, so that it makes its own.");

        PosixFile.CreateOnlyForOwner();
        using KeyRing keys = LoadKeys(arguments);
        PrivateKey key = keys.Find(delegation.Slot.Sender)
            ?? throw new SignerStartException($"The keystore holds no key of {delegation.Slot.Sender}.");
        if (keys.NeedsApproval(delegation.Slot.Sender))
            throw new SignerStartException($"{delegation.Slot.Sender} has an authenticator: its owner approves each payment, not batches.");

        var index = new JournalIndex();
        using JournalFile journal = JournalFile.Open(journalPath, clock, NullLogger.Instance, index.Apply);
        DelegatedRecord record = Record(delegation, Transaction(arguments, delegation, key), key, policy, index, clock);
        if (index.DelegationOn(delegation.Slot) is null)
        {
            journal.Append(record);
            journal.Sync();
            KillPoint.Pass(KillPoint.Journalled);
        }

        Write(path, record);
        output.WriteLine(record.Signature.Hash.ToString());
    }

    private static Eip7702Transaction Transaction(CommandArguments arguments, Delegation delegation, PrivateKey key)
    {
        SlotKey slot = delegation.Slot;
        UInt256 feeCap = Wei(arguments, "--max-fee-per-gas");
        UInt256 tipCap = Wei(arguments, "--max-priority-fee-per-gas");
        if (tipCap > feeCap)
            throw new SignerStartException("The option --max-priority-fee-per-gas is above --max-fee-per-gas.");
        ulong gasLimit = arguments.Optional("--gas-limit") is null
            ? GasLimitDefault
            : Number(arguments, "--gas-limit", GasLimitMin, ulong.MaxValue);
        SignedAuthorization authorization =
            new Authorization(slot.ChainId, delegation.Delegate, delegation.AuthorizationSlot.Nonce).Sign(key);
        return new Eip7702Transaction(
            slot.ChainId, slot.Nonce, tipCap, feeCap, gasLimit, slot.Sender, UInt256.Zero, ReadOnlyMemory<byte>.Empty, [], [authorization]);
    }

    private static DelegatedRecord Record(
        Delegation delegation, Eip7702Transaction transaction, PrivateKey key, SigningPolicy policy, JournalIndex index, TimeProvider clock)
    {
        // The signatures are those of RFC 6979, so the same command makes the same digest.
        Hash32 digest = transaction.SigningHash();
        if (index.DelegationOn(delegation.Slot) is { } before && before.Digest == digest)
            return before;

        UInt256? fee = SignCommand.FeeOf(transaction.GasLimit, transaction.MaxFeePerGas);
        if (DelegationRules.Judge(delegation, fee, policy, index) is { } refusal)
            throw new SignerStartException(refusal);
        byte[] raw = transaction.Encode(key.Sign(digest));
        return new DelegatedRecord(clock.GetUtcNow(), delegation, digest, new SignedBytes(raw, Keccak256.Hash(raw)));
    }

    private static void Write(string path, DelegatedRecord record)
    {
        try
        {
            PosixFile.WriteNew(path, Hex.Encode(record.Signature.Raw.Span) + "\n");
            PosixFile.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SignerStartException(
                $"The delegation {record.Signature.Hash} is journalled, but the file {path} cannot be written. "
                + "Give the same command again with another --out: it gives the same bytes.",
                exception);
        }
    }

    private static KeyRing LoadKeys(CommandArguments arguments)
    {
        byte[] password = SecretFile.Read(arguments.Required("--password-file"), "password", bytesMin: 1);
        try
        {
            return KeyRing.Load(arguments.Required("--keystore"), password);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private static Address Account(CommandArguments arguments, string option) =>
        Address.TryParse(arguments.Required(option), out Address account, out string? error)
            ? account
            : throw new SignerStartException($"The option {option} is no address: {error}");

    private static ulong Number(CommandArguments arguments, string option, ulong min, ulong max) =>
        ulong.TryParse(arguments.Required(option), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            && number >= min && number <= max
            ? number
            : throw new SignerStartException(
                string.Create(CultureInfo.InvariantCulture, $"The option {option} is a whole number from {min} to {max}."));

    private static UInt256 Wei(CommandArguments arguments, string option)
    {
        string text = arguments.Required(option);
        return text.All(char.IsAsciiDigit) && UInt256.TryParse(text, out UInt256 wei)
            ? wei
            : throw new SignerStartException($"The option {option} is a whole number of wei.");
    }
}
