using System.Globalization;
using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>
/// Derives everything that the books say of themselves again from their entries: balances, chains of versions, holds, roll-ups, keys,
/// hashes, seals. All checks see one moment. A finding is a defect of ours, or somebody's hand in the database.
/// </summary>
internal sealed class LedgerVerifier(UnitOfWork unitOfWork)
{
    /// <summary>Findings of one check at most.</summary>
    public const int FindingsMax = 100;

    /// <summary>Runs every check; nothing found means that the books say what their entries say.</summary>
    public Task<IReadOnlyList<VerificationFinding>> VerifyAsync(CancellationToken cancellationToken) => unitOfWork.RunAsync(
        async (session, token) =>
        {
            await session.Sql("set transaction isolation level repeatable read read only").ExecuteAsync(token);
            await session.Sql("set local statement_timeout = '30min'").ExecuteAsync(token);
            var findings = new List<VerificationFinding>();
            foreach ((string name, string sql) in LedgerChecks.All)
            {
                findings.AddRange(await session.Sql($"select subject, detail from ({sql}) f limit {FindingsMax}")
                    .ReadAsync(reader => new VerificationFinding(name, reader.Text("subject"), reader.Text("detail")), token));
            }

            findings.AddRange(await SealChain.BrokenAsync(session, FindingsMax, token));
            return (IReadOnlyList<VerificationFinding>)findings;
        },
        cancellationToken);

    /// <summary>The newest seal, to be kept elsewhere; nothing while nothing is sealed.</summary>
    public async Task<LedgerCheckpoint?> NewestAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            select s.number, s.last_position, encode(s.hash, 'hex') as hash,
                   (select count(*) from facts.v_pending p where p.type = 'ledger.transaction_posted')
                   + (select count(*) from facts.v_stream f
                      where f.type = 'ledger.transaction_posted' and f.position > s.last_position) as unsealed
            from   ledger.seal s order by s.number desc limit 1
            """;
        IReadOnlyList<LedgerCheckpoint> seals = await unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).ReadAsync(
                reader => new LedgerCheckpoint(
                    reader.Long("number"), reader.Long("last_position"), reader.Text("hash"), reader.Long("unsealed")), token),
            cancellationToken);
        return seals.Count == 0 ? null : seals[0];
    }

    /// <summary>What a checkpoint kept elsewhere says against the seal as it stands: nothing, or how it differs.</summary>
    public async Task<VerificationFinding?> CompareAsync(LedgerCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        IReadOnlyList<(long Position, string Hash)> seals = await unitOfWork.RunAsync(
            (session, token) => session.Sql("select last_position, encode(hash, 'hex') as hash from ledger.seal where number = @number")
                .With("number", checkpoint.Seal)
                .ReadAsync(reader => (reader.Long("last_position"), reader.Text("hash")), token),
            cancellationToken);
        string subject = string.Create(CultureInfo.InvariantCulture, $"seal {checkpoint.Seal}");
        if (seals.Count == 0)
            return new VerificationFinding("checkpoint", subject, "the books have no such seal");
        return seals[0] == (checkpoint.Position, checkpoint.Hash)
            ? null
            : new VerificationFinding("checkpoint", subject, $"the checkpoint says {checkpoint.Hash}, the books say {seals[0].Hash}");
    }
}

/// <summary>What does not add up.</summary>
/// <param name="Check">Which check found it.</param>
/// <param name="Subject">What of the books it is about.</param>
/// <param name="Detail">A sentence for people.</param>
internal sealed record VerificationFinding(string Check, string Subject, string Detail);

/// <summary>A seal of the books, to be kept where whoever can write the database cannot write.</summary>
/// <param name="Seal">Its number.</param>
/// <param name="Position">The fact stream's position up to which it speaks.</param>
/// <param name="Hash">64 lower-case hexadecimal digits.</param>
/// <param name="Unsealed">Transactions that it does not speak of yet, when it was made.</param>
internal sealed record LedgerCheckpoint(long Seal, long Position, string Hash, long Unsealed = 0);
