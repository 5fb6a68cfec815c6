using System.Text;
using ChainExec.Execution;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>
/// The connection is lost around a COMMIT of the way from a bound nonce to the stored answer: the process does not know whether it is in
/// the books. Either way the payment is made once, with one nonce and one effect.
/// </summary>
public sealed class LostCommitTests
{
    // What only the transaction of that step writes.
    private static readonly Dictionary<string, string> Steps = new()
    {
        ["bind"] = "insert into execution.prepared_call",
        ["request"] = "insert into execution.execution",
        ["bytes"] = "update execution.execution e set state = 'signed'",
        ["send"] = "insert into execution.node",
        ["answers"] = "update execution.node n",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Cases => [.. Steps.Keys.SelectMany(step => new[] { (step, true), (step, false) })];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Commit_that_nobody_heard_of_pays_once(string step, bool isCommitted)
    {
        await using EngineBench bench = await EngineBench.StartAsync(5_000_000);
        await using TcpProxy proxy = TcpProxy.Start(bench.Database.Server.Port);
        await bench.RestartAsync(new NpgsqlConnectionStringBuilder(bench.Database.AppConnectionString)
        {
            Host = "127.0.0.1", Port = proxy.Port,
        }.ConnectionString);
        byte[] pattern = Encoding.UTF8.GetBytes(Steps[step]);
        if (isCommitted)
            proxy.CutAfterClientSends(pattern, "COMMIT\0"u8.ToArray());
        else
            proxy.CutBeforeClientSends(pattern);

        IntentId payment = await bench.PayAsync(1_000_000);
        IWorker[] workers = [.. bench.Get<IEnumerable<IWorker>>()];
        for (int round = 0; round < 200 && (await bench.ViewAsync(payment)).State != "confirmed"; round++)
        {
            foreach (IWorker worker in workers)
                await TurnAsync(worker);
            // What it had leased when the connection went.
            if (round % 10 == 9)
                await bench.ExpireLeasesAsync();
            await bench.Node.MineAsync(1, Token);
        }

        Assert.Equal(1, proxy.Cuts);
        Assert.Equal("confirmed", (await bench.ViewAsync(payment)).State);
        await bench.SettleAsync();
        Assert.Equal(1_000_000, await bench.RecipientBalanceAsync());
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(*) from execution.nonce_slot"));
        Assert.Equal(1, await bench.ScalarAsync<long>("select count(distinct effect_hash) from execution.prepared_call"));
        await bench.AssertBooksEqualChainAsync();
    }

    // What the worker's loop would log, and try again.
    private static async Task TurnAsync(IWorker worker)
    {
        try
        {
            await worker.RunTurnAsync(Token);
        }
        catch (Exception exception) when (UnitOfWork.IsDatabaseFault(exception))
        {
            Assert.NotNull(exception.Message);
        }
    }
}
