using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;
using static ChainExec.Engine.Tests.Ledger.Books;

namespace ChainExec.Engine.Tests.Ledger;

/// <summary>What was answered is in the books, and what was asked again is there once, whatever died meanwhile.</summary>
public sealed class LedgerCrashTests
{
    private readonly Guid _owner = NewId();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_database_has_every_posting_that_was_answered_and_none_twice()
    {
        await using PostgresServer server = await PostgresServer.StartAsync(new PostgresServerOptions(), Token);
        await using PostgresDatabase postgres = await server.CreateDatabaseAsync(Token);
        await using var books = new Books(postgres);
        Posting[] postings = [.. Enumerable.Range(0, 300).Select(n => Deposit(_owner, 1))];
        await books.PostAsync(Deposit(_owner, 1000), Token);

        Task<bool>[] asked = [.. postings.Select(posting => WasAnsweredAsync(books.Poster, posting))];
        await Task.WhenAny(asked);
        await server.KillAsync();
        bool[] answered = await Task.WhenAll(asked);
        await server.RestartAsync(Token);

        long kept = (long)(await books.SqlAsync("select count(*) - 1 from ledger.v_transaction", Token))!;
        Assert.InRange(kept, answered.Count(one => one), postings.Length);
        // Connections of before the crash fail once each; a caller asks again.
        foreach (Posting posting in postings)
            await Eventually.TrueAsync(
                () => WasAnsweredAsync(books.Poster, posting), TimeSpan.FromSeconds(20), "the posting is answered", Token);
        Assert.Equal(1300, (await books.AccountAsync(Book.Customer(_owner, "usd"), Token)).Balance.BaseUnits);
        await books.SettleAsync(Token);
        Assert.Empty(await books.Verifier.VerifyAsync(Token));
    }

    [Fact]
    public async Task Connection_cut_after_commit_was_sent_answers_with_what_was_posted()
    {
        await using PostgresDatabase postgres = await PostgresDatabase.CreateAsync(Token);
        await using TcpProxy proxy = TcpProxy.Start(postgres.Server.Port);
        string through = new NpgsqlConnectionStringBuilder(postgres.AppConnectionString) { Port = proxy.Port }.ConnectionString;
        await using var database = new Database(Options.Create(new StorageOptions { ConnectionString = through }));
        var poster = new Poster(new LedgerStore(), new UnitOfWork(database, new WakeUp(), TimeProvider.System));
        await poster.PostAsync(Deposit(_owner, 1), Token);
        proxy.CutAfterCommit();

        PostingOutcome outcome = await poster.PostAsync(Deposit(_owner, 10), Token);

        Assert.Equal((1, LedgerCode.Posted), (proxy.Cuts, outcome.Code));
        await using var books = new Books(postgres);
        Assert.Equal(11, (await books.AccountAsync(Book.Customer(_owner, "usd"), Token)).Balance.BaseUnits);
        Assert.Empty(await books.Verifier.VerifyAsync(Token));
    }

    private static async Task<bool> WasAnsweredAsync(Poster poster, Posting posting)
    {
        try
        {
            return (await poster.PostAsync(posting, Token)).IsPosted;
        }
        catch (Exception exception) when (UnitOfWork.IsDatabaseFault(exception))
        {
            return false;
        }
    }
}
