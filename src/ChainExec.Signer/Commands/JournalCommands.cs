using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChainExec.Signer.Commands;

/// <summary>What an operator writes into the journal of a stopped signer.</summary>
internal static class JournalCommands
{
    private const int TextLengthMax = 200;

    /// <summary>
    /// Ends the lock of an account that was given too many wrong one-time passwords. Not a request to the running signer: the server may
    /// ask for approvals, and whoever holds the server must not be able to go on guessing.
    /// </summary>
    internal static void Unlock(CommandArguments arguments, TimeProvider clock, TextWriter output)
    {
        if (!Address.TryParse(arguments.Required("--account"), out Address account, out string? error))
            throw new SignerStartException($"The option --account is no address: {error}");
        string by = Text(arguments, "--by");
        string reason = Text(arguments, "--reason");
        string path = arguments.Required("--journal");
        if (!File.Exists(path))
            throw new SignerStartException($"There is no journal {path}.");

        var index = new JournalIndex();
        using JournalFile journal = JournalFile.Open(path, clock, NullLogger.Instance, index.Apply);
        DateTimeOffset now = clock.GetUtcNow();
        OtpHistory history = index.OtpOf(account);
        if (ApprovalRules.LockedUntil(history) is not { } end || end <= now)
            throw new SignerStartException($"{account} is not locked: {history.Wrong} wrong passwords since the last right one.");
        journal.Append(new OtpUnlockedRecord(now, account, by, reason));
        journal.Sync();
        output.WriteLine($"{account} takes passwords again; it was locked until {end:u} after {history.Wrong} wrong ones.");
    }

    private static string Text(CommandArguments arguments, string option)
    {
        string text = arguments.Required(option).Trim();
        return text.Length is > 0 and <= TextLengthMax
            ? text
            : throw new SignerStartException($"The option {option} is a text of 1 to {TextLengthMax} characters.");
    }
}
