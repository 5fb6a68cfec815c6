using System.Globalization;
using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Facts;
using ChainExec.Indexing;
using ChainExec.Storage;
using ChainExec.TestKit.Simulated;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChainExec.Simulation;

/// <summary>What was true before the chain broke its finality, and what becomes of it.</summary>
public enum BrokenFinalityCase
{
    /// <summary>The right chain holds the payments too.</summary>
    IncludedAgain,

    /// <summary>They wait in the pools.</summary>
    BackInThePools,

    /// <summary>Nobody has them any more: our bytes are the only ones.</summary>
    Vanished,

    /// <summary>A foreign transaction has the nonce of the first payment on the right chain.</summary>
    NonceTaken,

    /// <summary>The first payment had reverted, and would succeed now.</summary>
    Reverted,

    /// <summary>The first payment was mined although it had been told to end, and nobody has it any more.</summary>
    CancelledTooLate,
}

/// <summary>
/// Payments are final, booked and told; then the chain breaks its finality, halts, and an administrator re-anchors it with what was settled
/// undone. Afterwards everything that is promised is counted, and what cannot be promised any more must be told.
/// </summary>
public sealed class BrokenFinality
{
    private const int PaymentsCount = 4;
    private const int Deposited = 5_000_000;
    private const int RoundsMax = 80;

    private readonly World _world;
    private readonly BrokenFinalityCase _which;
    private readonly RunReport _report = new(seed: 0);
    private readonly List<Payment> _payments = [];

    private BrokenFinality(World world, BrokenFinalityCase which) => (_world, _which) = (world, which);

    /// <summary>Runs one case to its end and judges it.</summary>
    public static async Task<RunReport> RunAsync(BrokenFinalityCase which, CancellationToken cancellationToken)
    {
        await using World world = await World.StartAsync(seed: 0, new CampaignOptions { Mix = CampaignMix.None }, cancellationToken);
        var scenario = new BrokenFinality(world, which);
        await scenario.RunAsync(cancellationToken);
        return scenario._report;
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await TurnAsync(6, cancellationToken);
        _world.Usd.Mint(_world.Simulated.Faucet.Address, Deposited);
        _world.Simulated.Mine();
        SimulatedBlock before = _world.Simulated.Head;
        _world.Simulated.MineWith(
            _world.Simulated.Faucet.PayToken(_world.Usd.Address, _world.Senders[^1].Address, Deposited));
        if (_which == BrokenFinalityCase.Reverted)
            await RevertFirstAsync(cancellationToken);
        while (_payments.Count < PaymentsCount)
            await PayAsync(cancellationToken);
        if (_which == BrokenFinalityCase.CancelledTooLate)
            await CancelFirstAsync(cancellationToken);
        await SettleAsync(cancellationToken);
        await BreakAsync(before, cancellationToken);
        await SettleAsync(cancellationToken);
        await JudgeAsync(cancellationToken);
    }

    // Simulated with the token as it should be, mined while it is paused.
    private async Task RevertFirstAsync(CancellationToken cancellationToken)
    {
        await PayAsync(cancellationToken);
        for (int round = 0; round < RoundsMax && _world.Simulated.PendingTransactions.Count == 0; round++)
            await TurnAsync(1, cancellationToken);
        _world.Usd.Paused = true;
        await SettleAsync(cancellationToken);
        _world.Usd.Paused = false;
    }

    // It is in a block when it is cancelled, and told to have been paid.
    private async Task CancelFirstAsync(CancellationToken cancellationToken)
    {
        for (int round = 0; round < RoundsMax && _world.Simulated.PendingTransactions.Count < PaymentsCount; round++)
            await TurnAsync(1, cancellationToken);
        await _world.Get<IntentEnding>().CancelAsync(_world.Owner, _payments[0].Intent!.Value, "simulation", cancellationToken);
        _world.Simulated.Mine();
    }

    private async Task PayAsync(CancellationToken cancellationToken)
    {
        int number = _payments.Count;
        var body = new
        {
            chain = World.Chain,
            account = _world.Senders[number % 2].Address.ToString(),
            calls = new[]
            {
                new
                {
                    type = "erc20.transfer",
                    args = new
                    {
                        token = _world.Usd.Address.ToString(), recipient = Payment.RecipientOf(number).ToString(),
                        amount = AmountOf(number).ToString(CultureInfo.InvariantCulture),
                    },
                },
            },
        };
        var payment = new Payment(number, PaymentKind.Transfer, $"key-{number}", JsonSerializer.SerializeToElement(body), after: null);
        var accepted = (SubmitResult.Accepted)await _world.SubmitAsync(payment, cancellationToken);
        payment.Intent = accepted.Intent;
        _payments.Add(payment);
    }

    private async Task BreakAsync(SimulatedBlock ancestor, CancellationToken cancellationToken)
    {
        int depth = (int)(_world.Simulated.Head.Number - ancestor.Number);
        Wallet first = _world.Senders[0].Wallet;
        ulong nonce = _world.Simulated.NextNonce(first.Address) - (ulong)_payments.Count(payment => payment.Number % 2 == 0);
        _world.Simulated.Reorg(new ReorgPlan
        {
            Depth = depth, Length = depth + 4, BreaksFinality = true,
            Fate = _ => _which switch
            {
                BrokenFinalityCase.IncludedAgain => OrphanFate.IncludedAgain,
                BrokenFinalityCase.BackInThePools or BrokenFinalityCase.NonceTaken => OrphanFate.ReturnsToPool,
                _ => OrphanFate.Vanishes,
            },
            First = _which == BrokenFinalityCase.NonceTaken
                ? [first.Sign(new TransactionDraft { To = _world.Simulated.Faucet.Address, Nonce = nonce, Value = 7 })]
                : [],
        });
        for (int round = 0; round < RoundsMax && !await IsHaltedAsync(cancellationToken); round++)
            await RoundAsync(cancellationToken);
        if (!await IsHaltedAsync(cancellationToken))
            _report.Violations.Add("A chain that broke its finality was not halted.");
        List<string[]> hashes = await _world.RowsAsync(
            $"select '0x' || encode(hash, 'hex') from indexing.block where status = 'final' and number = {ancestor.Number}",
            cancellationToken);
        Hash32 anchor = Hash32.Parse(hashes[0][0]);
        if (await ReAnchorAsync(anchor, undoesSettled: false, cancellationToken) is not ReAnchorResult.Refused { Code: "settled_above" })
            _report.Violations.Add("What was settled was undone by a command that did not say so.");
        if (await ReAnchorAsync(anchor, undoesSettled: true, cancellationToken) is not ReAnchorResult.Done done)
            _report.Violations.Add("The chain was not re-anchored.");
        else
            _report.Count("undone", done.Undone.Count);
    }

    private async Task<ReAnchorResult> ReAnchorAsync(Hash32 anchor, bool undoesSettled, CancellationToken cancellationToken)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Storage:ConnectionString", _world.Database.OwnerConnectionString)]).Build();
        await using ServiceProvider administrator = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.None)).AddSingleton(_world.Clock)
            .AddStorage(configuration).AddFacts().AddSingleton<ChainReAnchor>().BuildServiceProvider();
        return await administrator.GetRequiredService<UnitOfWork>().RunAsync(
            (session, token) => administrator.GetRequiredService<ChainReAnchor>().RunAsync(
                session, World.Chain, anchor, undoesSettled, token),
            cancellationToken);
    }

    private async Task JudgeAsync(CancellationToken cancellationToken)
    {
        // Suspense is left with what the first was told to have paid and did not, or with a deposit that nobody sends again.
        bool isFirstLost = _which == BrokenFinalityCase.NonceTaken;
        int suspended = isFirstLost ? AmountOf(0)
            : _which is BrokenFinalityCase.Vanished or BrokenFinalityCase.Reverted or BrokenFinalityCase.CancelledTooLate ? -Deposited : 0;
        await new Checks(_world, isFirstLost ? _payments[1..] : _payments, _report, suspended).RunAsync(cancellationToken);
        List<string[]> told = await _world.RowsAsync(
            "select count(*) from execution.incident where kind = 'settlement_undone' and closed_at is null", cancellationToken);
        if (told[0][0] != _report["undone"].ToString(CultureInfo.InvariantCulture))
            _report.Violations.Add($"{_report["undone"]} settlements were undone, and {told[0][0]} were told.");
        List<string[]> frozen = await _world.RowsAsync("select count(*) from governance.freeze where lifted_at is null", cancellationToken);
        if (frozen[0][0] != "1")
            _report.Violations.Add("Whoever was credited with a deposit that was undone is not frozen.");
        List<string[]> again = await _world.RowsAsync(
            """
            select type, key, count(*) from facts.v_stream
            where  type = 'attribution.call_confirmed' or type like 'intent.confirmed'
            group  by type, key, coalesce(payload->>'call', payload->>'intent') having count(*) > 1
            """,
            cancellationToken);
        if (again.Count > 0)
            _report.Violations.Add($"{again[0][0]} of {again[0][1]} was told {again[0][2]} times.");
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        int quiet = 0;
        for (int round = 0; round < RoundsMax && quiet < 3; round++)
        {
            await RoundAsync(cancellationToken);
            quiet = await _world.IsQuietAsync(cancellationToken) ? quiet + 1 : 0;
        }

        await TurnAsync(8, cancellationToken);
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        await TurnAsync(1, cancellationToken);
        _world.Simulated.Mine();
        await _world.AdvanceAsync(TimeSpan.FromSeconds(3), cancellationToken);
    }

    private async Task TurnAsync(int rounds, CancellationToken cancellationToken)
    {
        for (int round = 0; round < rounds; round++)
        {
            foreach (IWorker worker in _world.Workers)
                await worker.RunTurnAsync(cancellationToken);
        }
    }

    private async Task<bool> IsHaltedAsync(CancellationToken cancellationToken) =>
        (await _world.RowsAsync("select count(*) from indexing.chain where halted_at is not null", cancellationToken))[0][0] == "1";

    private static int AmountOf(int number) => 1_000_000 + number;
}
