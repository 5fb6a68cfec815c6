using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Indexing;

/// <summary>A provider that has no vote.</summary>
/// <param name="IsDue">Whether it may have it again as soon as it agrees.</param>
/// <param name="IsFinalProved">Whether the header of our final block made up its hash when it was read.</param>
internal sealed record QuarantinedProvider(string Name, bool IsDue, bool IsFinalProved);

/// <summary>Which providers of a chain have no vote, and the facts of it.</summary>
internal sealed class QuarantineStore(UnitOfWork unitOfWork, ChainStore chains, FactWriter facts)
{
    public Task<IReadOnlyList<QuarantinedProvider>> ReadAsync(long chain, TimeSpan duration, CancellationToken cancellationToken)
    {
        const string sql = """
            select p.name, p.quarantined_at <= storage.clock() - @duration as is_due,
                   exists (select from indexing.chain c
                           join   indexing.block b on b.chain_id = c.chain_id and b.hash = c.final_hash and b.status = 'final'
                           where  c.chain_id = p.chain_id and b.header_proof <> 'none') as is_proved
            from   indexing.v_quarantined_provider p
            where  p.chain_id = @chain
            """;
        return unitOfWork.RunAsync(
            (session, token) => session.Sql(sql).With("chain", chain).With("duration", duration)
                .ReadAsync(reader => new QuarantinedProvider(reader.Text("name"), reader.Bool("is_due"), reader.Bool("is_proved")), token),
            cancellationToken);
    }

    /// <summary>Takes its vote.</summary>
    public Task PutAsync(ChainState state, ProviderQuarantined found, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into indexing.provider as p (chain_id, name, state, seen_at, quarantined_at, contradicted)
            values (@chain, @name, 'ok', storage.clock(), storage.clock(), @contradicted)
            on conflict (chain_id, name) do update
            set    quarantined_at = excluded.quarantined_at, contradicted = excluded.contradicted
            where  p.quarantined_at is null
            """;
        string contradicted = found.TheirHash == found.BlockHash
            ? $"another header under the hash {found.TheirHash} of the final block {found.BlockNumber}"
            : $"{found.TheirHash} instead of the final block {found.BlockNumber} ({found.BlockHash})";
        return TellAsync(
            state, found, session => session.Sql(sql).With("chain", state.Chain).With("name", found.Provider)
                .With("contradicted", contradicted),
            cancellationToken);
    }

    /// <summary>Gives it its vote again.</summary>
    public Task ReleaseAsync(ChainState state, string provider, CancellationToken cancellationToken)
    {
        const string sql = """
            update indexing.provider set quarantined_at = null, contradicted = null
            where  chain_id = @chain and name = @name and quarantined_at is not null
            """;
        return TellAsync(
            state, new ProviderReleased(state.Chain, provider),
            session => session.Sql(sql).With("chain", state.Chain).With("name", provider), cancellationToken);
    }

    private Task TellAsync<T>(ChainState state, T payload, Func<DbSession, Statement> change, CancellationToken cancellationToken)
        where T : IFactPayload => unitOfWork.RunAsync(
            async (session, token) =>
            {
                await chains.LockAsync(session, state.Chain, state.Epoch, token);
                if (await change(session).ExecuteAsync(token) == 1)
                    await facts.AppendAsync(session, $"chain:{state.Chain}", owner: null, payload, token);
            },
            cancellationToken);
}
