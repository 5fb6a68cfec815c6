using ChainExec.Ethereum;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Custody;

/// <summary>The directory of our accounts.</summary>
internal sealed class AccountStore(Database database, TimeProvider clock)
{
    /// <summary>Accounts of one pool at most, its front among them.</summary>
    public const int PoolMax = 64;

    private const string Columns = """
        id, owner_id, chain_id, address, native_is_customer_money, custody, batches, pool_of,
        exists (select from custody.account m where m.pool_of = account.id) as has_pool
        """;

    /// <summary>Registers an address that the service signs for.</summary>
    public Task<CustodyAccount> RegisterAsync(
        DbSession session, Guid owner, long chain, Address address, bool nativeIsCustomerMoney, CancellationToken cancellationToken) =>
        RegisterAsync(session, owner, chain, address, nativeIsCustomerMoney, AccountCustody.Server, cancellationToken);

    /// <summary>Registers an address, or returns the account when it is registered with the same owner and meaning already.</summary>
    /// <param name="batches">Whether it may carry several calls in one transaction; under server custody only.</param>
    /// <exception cref="InvalidOperationException">The address belongs to another owner, its native coin means something else, or it is to
    /// batch under user custody.</exception>
    public async Task<CustodyAccount> RegisterAsync(
        DbSession session, Guid owner, long chain, Address address, bool nativeIsCustomerMoney, AccountCustody custody,
        CancellationToken cancellationToken, bool batches = false)
    {
        if (batches && custody != AccountCustody.Server)
            throw new InvalidOperationException("Under user custody the owner approves each effect: such an account does not batch.");
        const string sql = """
            insert into custody.account (id, owner_id, chain_id, address, kind, native_is_customer_money, custody, batches)
            values (@id, @owner, @chain, @address, 'eoa', @native, @custody, @batches)
            on conflict (chain_id, address) do nothing
            """;
        await session.Sql(sql).With("id", new AccountId(Guid.CreateVersion7(clock.GetUtcNow()))).With("owner", owner).With("chain", chain)
            .With("address", address).With("native", nativeIsCustomerMoney).With("custody", custody).With("batches", batches)
            .ExecuteAsync(cancellationToken);
        CustodyAccount account = (await FindAsync(session, chain, address, cancellationToken))!;
        return (account.Owner, account.NativeIsCustomerMoney, account.Custody, account.Batches)
            == (owner, nativeIsCustomerMoney, custody, batches)
            ? account
            : throw new InvalidOperationException(
                $"{address} is registered on chain {chain} with another owner, meaning, custody or way of batching.");
    }

    public Task<CustodyAccount?> FindAsync(DbSession session, long chain, Address address, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from custody.account where chain_id = @chain and address = @address")
            .With("chain", chain).With("address", address).ReadSingleAsync(Read, cancellationToken);

    public Task<CustodyAccount?> FindAsync(DbSession session, AccountId id, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from custody.account where id = @id").With("id", id).ReadSingleAsync(Read, cancellationToken);

    /// <summary>The accounts that are named by address or by id.</summary>
    public Task<IReadOnlyList<CustodyAccount>> FindManyAsync(
        DbSession session, IReadOnlyList<(long Chain, Address Address)> addresses, IReadOnlyList<Guid> ids,
        CancellationToken cancellationToken) =>
        session.Sql($"""
            select {Columns} from custody.account
            where  (chain_id, address) in (select * from unnest(@chains, @addresses)) or id = any (@ids)
            """)
            .WithArray("chains", [.. addresses.Select(each => each.Chain)], NpgsqlDbType.Bigint)
            .WithArray("addresses", [.. addresses.Select(each => each.Address)], NpgsqlDbType.Bytea)
            .WithArray("ids", ids, NpgsqlDbType.Uuid).ReadAsync(Read, cancellationToken);

    /// <summary>Makes an account one that pays in the name of another, or, without that, one that pays for itself alone again.</summary>
    /// <exception cref="InvalidOperationException">They are not of one owner, chain, custody and meaning of the native coin, one of them is
    /// in a pool itself or has one, or the pool is full.</exception>
    public async Task SetPoolAsync(DbSession session, AccountId account, AccountId? front, CancellationToken cancellationToken)
    {
        if (front is { } name)
        {
            IReadOnlyList<CustodyAccount> pool = await LockPoolAsync(session, name, cancellationToken);
            if (pool.Count == PoolMax && pool.All(one => one.Id != account))
                throw new InvalidOperationException($"The pool has {PoolMax} accounts, which is the most.");
        }

        try
        {
            await session.Sql("update custody.account set pool_of = @front where id = @account")
                .With("account", account).With("front", front?.Value).ExecuteAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState
            is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.CheckViolation)
        {
            throw new InvalidOperationException(
                "A pool is of accounts of one owner and chain, under server custody and with one meaning of the native coin, "
                + "and nobody in it has a pool itself.",
                exception);
        }
    }

    /// <summary>
    /// The accounts that pay in the name of one, itself among them, by address. Who draws next waits until this transaction is over, and
    /// sees what it drew.
    /// </summary>
    public async Task<IReadOnlyList<CustodyAccount>> LockPoolAsync(DbSession session, AccountId front, CancellationToken cancellationToken)
    {
        await session.Sql("select from custody.account where id = @front for no key update").With("front", front)
            .ExecuteAsync(cancellationToken);
        return await session.Sql($"select {Columns} from custody.account where id = @front or pool_of = @front order by address limit @limit")
            .With("front", front).With("limit", PoolMax).ReadAsync(Read, cancellationToken);
    }

    /// <summary>The account registered last, or nothing: whoever remembers it knows whether there are new ones.</summary>
    public async Task<AccountId?> NewestAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<AccountId> rows = await database.ReadAsync(
            "select id from custody.account order by id desc limit 1", static _ => { }, reader =>
                new AccountId(reader.Uuid("id")), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Every account, for start-up work; bounded.</summary>
    public Task<IReadOnlyList<CustodyAccount>> AllAsync(CancellationToken cancellationToken) =>
        database.ReadAsync($"select {Columns} from custody.account order by id limit 100000", static _ => { }, Read, cancellationToken);

    private static CustodyAccount Read(NpgsqlDataReader reader) => new(
        new AccountId(reader.Uuid("id")), reader.Uuid("owner_id"), reader.Long("chain_id"), reader.Address("address"),
        reader.Bool("native_is_customer_money"), reader.State<AccountCustody>("custody"), reader.Bool("batches"),
        reader.UuidOrNull("pool_of") is { } front ? new AccountId(front) : null, reader.Bool("has_pool"));
}
