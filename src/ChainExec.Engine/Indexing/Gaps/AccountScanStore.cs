using ChainExec.Ethereum;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Indexing.Gaps;

/// <summary>An account that is scanned for, from the next height up to the one at which its balances were read.</summary>
internal sealed record ScannedAccount(Address Address, long Next, long Last);

/// <summary>How far accounts that came after the first block were looked for in the blocks before them.</summary>
internal sealed class AccountScanStore(UnitOfWork unitOfWork, ChainStore chains)
{
    private const int TakenUpMax = 1000;

    /// <summary>
    /// Takes up accounts that were registered since. Those that were there before the first block was indexed are done; of the others every
    /// block above the tip of now is looked at with them, because the chain is locked.
    /// </summary>
    public Task<int> TakeUpAsync(long chain, CancellationToken cancellationToken)
    {
        const string sql = """
            with known as (
                select max(registered_at) as newest from indexing.account_scan where chain_id = @chain),
            first as (
                select observed_at from indexing.block
                where  chain_id = @chain and status in ('canonical', 'final') order by number limit 1)
            insert into indexing.account_scan (chain_id, address, registered_at, tip_number, done_at)
            select a.chain_id, a.address, a.created_at, coalesce(c.tip_number, c.start_number - 1),
                   case when a.created_at < coalesce((select observed_at from first), 'infinity') then storage.clock() end
            from   custody.v_account a cross join known k join indexing.chain c on c.chain_id = a.chain_id
            where  a.chain_id = @chain and a.created_at > coalesce(k.newest - interval '2 minutes', '-infinity')
            and    not exists (select from indexing.account_scan s where s.chain_id = a.chain_id and s.address = a.address)
            order  by a.created_at, a.address
            limit  @limit
            """;
        return unitOfWork.RunAsync(
            async (session, token) =>
            {
                await chains.LockUnheldAsync(session, chain, token);
                return await session.Sql(sql).With("chain", chain).With("limit", TakenUpMax).ExecuteAsync(token);
            },
            cancellationToken);
    }

    /// <summary>Accounts whose balances are to be read at a final block that is above every block they may be missing in.</summary>
    public Task<IReadOnlyList<Address>> UncheckedAsync(long chain, long final, int limit, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => session.Sql("""
                select address from indexing.account_scan
                where  chain_id = @chain and done_at is null and checked_number is null and tip_number <= @final
                order  by registered_at, address
                limit  @limit
                """)
                .With("chain", chain).With("final", final).With("limit", limit).ReadAsync(reader => reader.Address("address"), token),
            cancellationToken);

    /// <summary>Balances were read at a final block: who holds nothing is done, for the others the scan begins.</summary>
    public Task CheckedAsync(
        long chain, BlockRef at, long start, IReadOnlyList<(Address Address, bool Holds)> accounts, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => session.Sql("""
                update indexing.account_scan s
                set    checked_number = @number, checked_hash = @hash, holds = b.holds,
                       next_number = case when b.holds then @start end, done_at = case when not b.holds then storage.clock() end
                from   unnest(@addresses, @holds) as b(address, holds)
                where  s.chain_id = @chain and s.address = b.address and s.checked_number is null
                """)
                .With("chain", chain).With("number", at.Number).With("hash", at.Hash).With("start", start)
                .WithArray("addresses", [.. accounts.Select(account => account.Address)], NpgsqlDbType.Bytea)
                .WithArray("holds", [.. accounts.Select(account => account.Holds)], NpgsqlDbType.Boolean)
                .ExecuteAsync(token),
            cancellationToken);

    /// <summary>Accounts whose scans are at the same height, the lowest one of all.</summary>
    public Task<IReadOnlyList<ScannedAccount>> LowestAsync(long chain, int limit, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => session.Sql("""
                select address, next_number, checked_number from indexing.account_scan
                where  chain_id = @chain and done_at is null and next_number = (
                       select min(next_number) from indexing.account_scan where chain_id = @chain and done_at is null)
                order  by registered_at, address
                limit  @limit
                """)
                .With("chain", chain).With("limit", limit)
                .ReadAsync(
                    reader => new ScannedAccount(reader.Address("address"), reader.Long("next_number"), reader.Long("checked_number")),
                    token),
            cancellationToken);

    /// <summary>A range was read for them; who came to its end is done.</summary>
    public static Task<int> MoveAsync(
        DbSession session, long chain, IReadOnlyList<ScannedAccount> accounts, long to, int added, CancellationToken cancellationToken) =>
        session.Sql("""
            update indexing.account_scan
            set    next_number = @to + 1, done_at = case when @to >= checked_number then storage.clock() end, added = added + @added
            where  chain_id = @chain and address = any (@addresses) and done_at is null and next_number <= @to
            """)
            .With("chain", chain).With("to", to).With("added", added)
            .WithArray("addresses", [.. accounts.Select(account => account.Address)], NpgsqlDbType.Bytea)
            .ExecuteAsync(cancellationToken);
}
