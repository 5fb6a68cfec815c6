using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing.Gaps;

/// <summary>Native balances as they were found at final blocks, and what of them the indexed transactions do not explain.</summary>
internal sealed class NativeBalanceStore(UnitOfWork unitOfWork, ChainStore chains, Database database, FactWriter facts)
{
    // An account becomes visible at its commit, a little after its created_at.
    private static readonly TimeSpan CommitMargin = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The next accounts of a walk by address over all of them; an empty list at its end, and nothing before its time or while ranges are
    /// read. Only accounts that were registered before the block was indexed: of them every later block was looked at.
    /// </summary>
    public async Task<IReadOnlyList<Address>?> NextAsync(
        long chain, BlockRef at, TimeSpan interval, int limit, CancellationToken cancellationToken)
    {
        const string walkSql = """
            select coalesce(w.after, ''::bytea) as after
            from   indexing.chain c left join indexing.native_walk w using (chain_id)
            where  c.chain_id = @chain and c.backfill_target is null and w.at > storage.clock() - @interval is not true
            """;
        IReadOnlyList<byte[]> walk = await database.ReadAsync(
            walkSql, statement => statement.With("chain", chain).With("interval", interval), reader => reader.Bytes("after"),
            cancellationToken);
        if (walk.Count == 0)
            return null;
        const string sql = """
            select a.address
            from   custody.v_account a
            where  a.chain_id = @chain and a.address > @after
            and    a.created_at < (select b.observed_at - @margin from indexing.block b
                                   where  b.chain_id = @chain and b.hash = @hash and b.status = 'final')
            order  by a.address
            limit  @limit
            """;
        return await database.ReadAsync(
            sql,
            statement => statement.With("chain", chain).With("after", walk[0]).With("hash", at.Hash).With("margin", CommitMargin)
                .With("limit", limit),
            reader => reader.Address("address"), cancellationToken);
    }

    /// <summary>Compares balances with what was expected, keeps them, and tells what differs.</summary>
    /// <param name="chain">The chain.</param>
    /// <param name="at">Our final block at which they were read.</param>
    /// <param name="balances">By account, in the order of the addresses; none when the walk came to its end.</param>
    /// <param name="isEnd">Whether the walk begins anew.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many differ.</returns>
    /// <exception cref="StaleWriteException">The chain was halted, or the block is not its final one any more.</exception>
    public Task<int> CompareAsync(
        long chain, BlockRef at, IReadOnlyList<(Address Account, TokenAmount Balance)> balances, bool isEnd,
        CancellationToken cancellationToken) => unitOfWork.RunAsync(
            async (session, token) =>
            {
                ChainState state = await chains.LockUnheldAsync(session, chain, token);
                if (state.Final is not { } final || final.Number < at.Number)
                    throw new StaleWriteException($"Block {at.Number} of chain {chain} is not final any more.");
                IReadOnlyList<NativeBalanceDiffers> differences = await DifferencesAsync(session, chain, at, balances, token);
                await KeepAsync(session, chain, at, balances, token);
                await WalkAsync(session, chain, isEnd || balances.Count == 0 ? [] : balances[^1].Account.ToArray(), token);
                foreach (NativeBalanceDiffers found in differences)
                    await facts.AppendAsync(session, $"chain:{chain}:native:{found.Account.ToHex()}", owner: null, found, token);
                return differences.Count;
            },
            cancellationToken);

    // A sender's transactions are found by their nonces, which only rise: whoever sent very many is looked at from where the last balance
    // was read.
    private static Task<IReadOnlyList<NativeBalanceDiffers>> DifferencesAsync(
        DbSession session, long chain, BlockRef at, IReadOnlyList<(Address Account, TokenAmount Balance)> balances,
        CancellationToken cancellationToken)
    {
        const string sql = """
            with found as (
                select a.address, a.balance, b.number as since,
                       a.balance - (b.balance + coalesce(received.amount, 0) - coalesce(spent.amount, 0)) as difference
                from   unnest(@addresses, @balances) as a(address, balance)
                join   indexing.native_balance b on b.chain_id = @chain and b.address = a.address and b.number < @number
                left   join lateral (
                       select sum(t.value) as amount from indexing.v_transaction t
                       where  t.chain_id = @chain and t."to" = a.address and t.value > 0 and t.succeeded and t.status = 'final'
                       and    t.block_number > b.number and t.block_number <= @number) as received on true
                left   join lateral (
                       select sum(case when t.succeeded then t.value else 0 end + t.gas_used * t.effective_gas_price
                                  + coalesce(t.data_fee, 0)) as amount
                       from   indexing.v_transaction t
                       where  t.chain_id = @chain and t."from" = a.address and t.nonce > b.nonce and t.status = 'final'
                       and    t.block_number > b.number and t.block_number <= @number) as spent on true),
            noted as (
                insert into indexing.native_difference (chain_id, address, from_number, to_number, to_hash, balance, difference)
                select @chain, address, since, @number, @hash, balance, difference from found where difference <> 0
                returning address, from_number, balance, difference)
            select address, from_number, balance, difference > 0 as more, abs(difference) as difference from noted order by address
            """;
        return Named(session.Sql(sql), chain, at, balances).ReadAsync(
            reader => new NativeBalanceDiffers(
                chain, reader.Address("address"), reader.Long("from_number"), at.Number, at.Hash, reader.Amount("balance"),
                reader.Bool("more"), reader.Amount("difference")),
            cancellationToken);
    }

    private static Task<int> KeepAsync(
        DbSession session, long chain, BlockRef at, IReadOnlyList<(Address Account, TokenAmount Balance)> balances,
        CancellationToken cancellationToken)
    {
        const string sql = """
            insert into indexing.native_balance as kept (chain_id, address, number, hash, balance, nonce)
            select @chain, a.address, @number, @hash, a.balance, coalesce(last.nonce, -1)
            from   unnest(@addresses, @balances) as a(address, balance)
            left   join lateral (
                   select t.nonce from indexing.v_transaction t
                   where  t.chain_id = @chain and t."from" = a.address and t.status = 'final' and t.block_number <= @number
                   order  by t.nonce desc limit 1) as last on true
            on conflict (chain_id, address) do update
            set    number = excluded.number, hash = excluded.hash, balance = excluded.balance, at = storage.clock(),
                   nonce = greatest(kept.nonce, excluded.nonce)
            where  kept.number < excluded.number
            """;
        return Named(session.Sql(sql), chain, at, balances).ExecuteAsync(cancellationToken);
    }

    private static Task<int> WalkAsync(DbSession session, long chain, byte[] after, CancellationToken cancellationToken) => session.Sql("""
            insert into indexing.native_walk (chain_id, after) values (@chain, @after)
            on conflict (chain_id) do update set after = excluded.after, at = storage.clock()
            """)
            .With("chain", chain).With("after", after).ExecuteAsync(cancellationToken);

    private static Statement Named(
        Statement statement, long chain, BlockRef at, IReadOnlyList<(Address Account, TokenAmount Balance)> balances) => statement
            .With("chain", chain).With("number", at.Number).With("hash", at.Hash)
            .WithArray("addresses", [.. balances.Select(one => one.Account)], NpgsqlDbType.Bytea)
            .WithArray("balances", [.. balances.Select(one => one.Balance)], NpgsqlDbType.Numeric);
}
