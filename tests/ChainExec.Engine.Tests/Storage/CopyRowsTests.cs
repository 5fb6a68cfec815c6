using System.Numerics;
using ChainExec.Ethereum;
using ChainExec.Storage;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

/// <summary>Rows in PostgreSQL's binary form, read back by PostgreSQL.</summary>
public sealed class CopyRowsTests
{
    private static readonly BigInteger[] Amounts =
    [
        0, 1, 9_999, 10_000, 10_001, 99_990_000, BigInteger.Pow(10, 18), ulong.MaxValue, (BigInteger)ulong.MaxValue + 1,
        BigInteger.Pow(10, 40), TokenAmount.MaxValue,
    ];

    [Fact]
    public async Task Values_come_back_as_they_were()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        Hash32 word = Keccak256.Hash("word"u8);
        Address address = Address.Parse("0x00000000000000000000000000000000000070ce");
        var time = new DateTimeOffset(1999, 12, 31, 23, 59, 59, 123, 456, TimeSpan.Zero);
        void Add(CopyRows rows, BigInteger amount)
        {
            rows.Row(9);
            rows.Add(new TokenAmount(amount));
            rows.Add(long.MinValue);
            rows.Add(-7);
            rows.Add(value: true);
            rows.Add(word);
            rows.Add(amount.IsZero ? null : address);
            rows.Add(amount.IsZero ? [] : [word, Hash32.Zero]);
            rows.Add(time);
            rows.AddJson("{\"a\":\"é\"}"u8);
        }

        IReadOnlyList<string> lines = await storage.UnitOfWork.RunAsync(
            async (session, token) =>
            {
                await session.Sql("""
                    create temporary table t (amount numeric(78,0), l bigint, i integer, b boolean, w bytea, a bytea, words bytea[],
                                              at timestamptz, j jsonb) on commit drop
                    """).ExecuteAsync(token);
                await session.CopyAsync("copy t from stdin (format binary)", Amounts, Add, token);
                return await session.Sql("""
                    select concat_ws(' ', amount, l, i, b, encode(w, 'hex'), coalesce(encode(a, 'hex'), 'none'), cardinality(words),
                                     words[2] = decode(repeat('00', 32), 'hex'), at at time zone 'utc', j->>'a') as line
                    from   t order by amount
                    """).ReadAsync(reader => reader.Text("line"), token);
            },
            StorageHarness.Token);

        Assert.Equal(
            Amounts.Select(amount =>
                $"{amount} {long.MinValue} -7 t {word.ToString()[2..]} {(amount.IsZero ? "none 0" : address.ToHex()[2..] + " 2 t")} "
                + "1999-12-31 23:59:59.123456 é"),
            lines);
    }

    [Fact]
    public async Task Row_that_is_refused_undoes_the_transaction()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => storage.UnitOfWork.RunAsync(
            (session, token) => session.CopyAsync(Jobs, ["twice", "twice"], AddJob, token), StorageHarness.Token));

        Assert.Equal(PostgresErrorCodes.UniqueViolation, refused.SqlState);
        Assert.Equal(0, await storage.CountAsync("test.job"));
    }

    [Fact]
    public async Task More_rows_than_one_sending_holds_all_arrive()
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();
        int copied = await storage.UnitOfWork.RunAsync(
            (session, token) => session.CopyAsync(Jobs, Enumerable.Range(0, 20_000).Select(job => $"job {job:0000000000}"), AddJob, token),
            StorageHarness.Token);

        Assert.Equal(20_000, copied);
        Assert.Equal(20_000, await storage.CountAsync("test.job"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15_000)]
    public async Task Rows_of_which_one_cannot_be_made_are_none_even_when_some_were_sent(int failing)
    {
        await using StorageHarness storage = await StorageHarness.CreateAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => storage.UnitOfWork.RunAsync(
            (session, token) => session.CopyAsync(
                Jobs, Enumerable.Range(0, 20_000),
                (rows, job) => AddJob(rows, job == failing ? throw new InvalidOperationException("no row") : $"job {job:0000000000}"),
                token),
            StorageHarness.Token));
        await storage.UnitOfWork.RunAsync(
            (session, token) => session.CopyAsync(Jobs, ["after"], AddJob, token), StorageHarness.Token);

        Assert.Equal(1, await storage.CountAsync("test.job"));
    }

    private const string Jobs = "copy test.job (key, runs) from stdin (format binary)";

    private static void AddJob(CopyRows rows, string key)
    {
        rows.Row(2);
        rows.Add(key);
        rows.Add(1L);
    }
}
