using System.Collections.Concurrent;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;

namespace ChainExec.Execution;

/// <summary>
/// Compares this database with the signer's journal before anything is bound or decided for a sender. After a restored backup, or a
/// failover that lost commits, the journal knows slots that the database does not: they are imported, and an operator is told.
/// </summary>
internal sealed partial class JournalSync(
    ISigner signer, SignerJournalStore journals, JournalImporter importer, AccountStore accounts, DatabaseIncarnation incarnation,
    ILogger<JournalSync> logger)
{
    private const int PageSize = 200;
    private const int TriesMax = 3;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<(long Chain, Address Sender), bool> _checked = new();
    // Boxed, so that the three workers behind the gate read and write it whole.
    private volatile object? _newestChecked;
    private volatile string? _incarnation;

    /// <summary>
    /// Checks every account once, those registered later when they are there, and all once more when the database under this process is
    /// another one than before. False while the signer cannot be asked.
    /// </summary>
    public async Task<bool> EnsureAllCheckedAsync(CancellationToken cancellationToken)
    {
        await NoticeOtherDatabaseAsync(cancellationToken);
        string? met = _incarnation;
        object newest = await accounts.NewestAsync(cancellationToken) ?? default(AccountId);
        if (newest.Equals(_newestChecked))
            return true;
        try
        {
            await RefuseOtherJournalAsync(cancellationToken);
            foreach (CustodyAccount account in await accounts.AllAsync(cancellationToken))
                await EnsureCheckedAsync(account.Chain, account.Address, cancellationToken);
        }
        catch (SignerUnavailableException exception)
        {
            LogSignerAway(exception.Message);
            return false;
        }
        catch (StaleWriteException)
        {
            // It was set back while it was compared: the next turn compares the one that is there then.
            LogOtherDatabase();
            return false;
        }

        return RecordUnlessOther(met, () => _newestChecked = newest);
    }

    /// <summary>
    /// As <see cref="EnsureCheckedAsync"/>, for who decides outside of the gated workers: notices first that the database is another one.
    /// </summary>
    /// <exception cref="SignerUnavailableException">The signer cannot be asked: nothing may be decided for this sender.</exception>
    public async Task EnsureCurrentAsync(long chain, Address sender, CancellationToken cancellationToken)
    {
        for (int tried = 1; ; tried++)
        {
            await NoticeOtherDatabaseAsync(cancellationToken);
            try
            {
                await EnsureCheckedAsync(chain, sender, cancellationToken);
                return;
            }
            catch (StaleWriteException) when (tried < TriesMax)
            {
                // It was set back while it was compared: once more, the one that is there now.
                LogOtherDatabase();
            }
        }
    }

    /// <exception cref="SignerUnavailableException">The signer cannot be asked: nothing may be bound for this sender.</exception>
    public async Task EnsureCheckedAsync(long chain, Address sender, CancellationToken cancellationToken)
    {
        if (_checked.ContainsKey((chain, sender)))
            return;
        string? met = _incarnation;
        await RefuseOtherJournalAsync(cancellationToken);
        ulong fromNonce = await importer.LowestUnknownNonceAsync(chain, sender, cancellationToken);
        string? cursor = null;
        do
        {
            SignerJournalPage page = await signer.JournalAsync(
                new SignerJournalQuery((ulong)chain, sender, fromNonce, PageSize, cursor), cancellationToken);
            foreach (SignerJournalEntry entry in page.Entries.Where(entry => entry.Kind == SignerJournalKind.Signed))
                await importer.ImportAsync(entry, cancellationToken);
            cursor = page.Next;
        }
        while (cursor is not null);
        if (!RecordUnlessOther(met, () => _checked[(chain, sender)] = true))
            throw new StaleWriteException("The database became another one while it was compared with the signer's journal.");
    }

    // What was compared is the database that was met before: of one that was restored meanwhile it says nothing.
    private bool RecordUnlessOther(string? met, Action record)
    {
        lock (_gate)
        {
            if (_incarnation != met)
                return false;
            record();
            return true;
        }
    }

    /// <summary>Whether a sender was compared with the journal since this database was met.</summary>
    public bool IsChecked(long chain, Address sender) => _checked.ContainsKey((chain, sender));

    /// <summary>What was compared with the journal is the database that is about to be written.</summary>
    /// <exception cref="StaleWriteException">The database was restored, or failed over, since then.</exception>
    public async Task RequireSameDatabaseAsync(DbSession session, CancellationToken cancellationToken)
    {
        if (_incarnation is { } compared && await incarnation.ReadAsync(session, cancellationToken) != compared)
            throw new StaleWriteException("The database is another one than was compared with the signer's journal.");
    }

    /// <summary>The signer contradicted this database: the next use of the sender compares again.</summary>
    public void Forget(long chain, Address sender) => _checked.TryRemove((chain, sender), out _);

    // A failover may lose commits, and a restore does: either leaves this process running against a database that forgot.
    private async Task NoticeOtherDatabaseAsync(CancellationToken cancellationToken)
    {
        string met = await incarnation.ReadAsync(cancellationToken);
        if (met == _incarnation)
            return;
        if (_incarnation is not null)
            LogOtherDatabase();
        lock (_gate)
        {
            _newestChecked = null;
            _checked.Clear();
            _incarnation = met;
        }
    }

    [LoggerMessage(
        EventId = 3303, Level = LogLevel.Warning,
        Message = "The database was restored or failed over under this process; the signer's journal is compared again")]
    private partial void LogOtherDatabase();

    // A signer without its memory would sign a second nonce for what it signed before. It is treated as away until an operator trusts it.
    private async Task RefuseOtherJournalAsync(CancellationToken cancellationToken)
    {
        string met = (await signer.HealthAsync(cancellationToken)).JournalId;
        string trusted = await journals.TrustFirstAsync(met, cancellationToken);
        if (met == trusted)
            return;
        LogOtherJournal(met, trusted);
        throw new SignerUnavailableException(
            $"The signer's journal is {met}, this database trusts {trusted}: see docs/runbooks/signer-journal-replaced.md.");
    }

    [LoggerMessage(
        EventId = 3302, Level = LogLevel.Error,
        Message = "The signer's journal is {Met}, this database trusts {Trusted}: see docs/runbooks/signer-journal-replaced.md")]
    private partial void LogOtherJournal(string met, string trusted);

    [LoggerMessage(
        EventId = 3301, Level = LogLevel.Warning, Message = "The signer cannot be asked for its journal; execution waits: {Reason}")]
    private partial void LogSignerAway(string reason);
}
