using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>Books of the first schema become books of the second, with the same balances, keys and ids.</summary>
public sealed class LedgerConversionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_booked_before_proves_itself_and_answers_to_its_keys()
    {
        PostgresServer server = await PostgresServer.SharedAsync(Token);
        // A server's roles come with its first migration, of whichever database.
        await using PostgresDatabase migrated = await server.CreateDatabaseAsync(Token);
        await using PostgresDatabase postgres = await server.CreateEmptyDatabaseAsync(Token);
        Guid owner = Books.NewId();
        string customer = Book.Customer(owner, "usd").Code;
        await PrepareAsync(postgres);
        await RunAsync(
            postgres,
            $$"""
            set role ce_app;
            select ledger.open_accounts(array['wallet:w1:usd', '{{customer}}', 'suspense:usd'], '{asset,liability,suspense}',
              '{usd,usd,usd}', array[null, '{{owner}}', null]::uuid[]);
            select ledger.post(gen_random_uuid(), 'k1', 'test.posting', '{"intent": "int_1"}', '2026-01-01 12:00Z',
              array['wallet:w1:usd', '{{customer}}'], '{debit,credit}', '{100,100}', null, null, 7);
            select ledger.place_hold('00000000-0000-7000-8000-000000000001', '{{customer}}', 60, 'intent:x');
            select ledger.post(gen_random_uuid(), 'k2', 'test.posting', '{}', '2026-01-01 12:00Z', array['{{customer}}', 'wallet:w1:usd'],
              '{debit,credit}', '{25,25}', '00000000-0000-7000-8000-000000000001', 25);
            select ledger.post(gen_random_uuid(), 'k3', 'test.posting', '{}', '2026-01-01 12:00Z', '{wallet:w1:usd,suspense:usd}',
              '{debit,credit}', '{7,7}');
            reset role;
            """);

        await Migrator.MigrateAsync(postgres.OwnerConnectionString, Token);

        await using var books = new Books(postgres);
        LedgerAccount account = await books.AccountAsync(Book.Customer(owner, "usd"), Token);
        Assert.Equal(
            (75, 35, 40, 2L),
            ((int)account.Balance.BaseUnits, (int)account.Held.BaseUnits, (int)account.Available.BaseUnits, account.Version));
        Assert.Empty(await books.Queries.DisagreementsAsync(Token));
        Posting again = Books.Posting(
            PostingLine.Debit(Book.Wallet("w1", "usd", owner: null), Books.Units(100)),
            PostingLine.Credit(Book.Customer(owner, "usd"), Books.Units(100))) with { Key = "k1" };
        Assert.True((await books.PostAsync(again, Token)).AlreadyPosted);
        Assert.Equal(LedgerCode.KeyReused, await Books.RefusalAsync(() => books.PostAsync(again with { Kind = "test.other" }, Token)));
        // An account that was open before goes on as it was, whatever the chart now says of its policy.
        await books.PostAsync(
            Books.Posting(
                PostingLine.Debit(Book.Wallet("w1", "usd", owner: null), Books.Units(1)),
                PostingLine.Credit(Book.Suspense("usd"), Books.Units(1))),
            Token);
        Assert.Equal(8, (await books.AccountAsync(Book.Suspense("usd"), Token)).Balance.BaseUnits);
        await books.SettleAsync(Token);
        Assert.Empty(await books.Verifier.VerifyAsync(Token));
    }

    // The migrations as the migrator applied them, up to the last one of the first schema.
    private static async Task PrepareAsync(PostgresDatabase postgres)
    {
        await RunAsync(postgres, $"grant connect, create on database {postgres.Name} to ce_owner");
        foreach (Migration migration in Migrator.All.TakeWhile(
            one => !one.Name.EndsWith("_facts_append", StringComparison.Ordinal)))
        {
            await RunAsync(
                postgres,
                $"set role ce_owner; {migration.Sql}; insert into storage.migration (number, name, sha256) "
                + $"values ({migration.Number}, '{migration.Name}', '\\x{Convert.ToHexString(migration.Hash)}'); reset role");
        }
    }

    private static async Task RunAsync(PostgresDatabase postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.OwnerConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
