using System.Security.Cryptography;
using System.Text;
using ChainExec.Admission;
using ChainExec.Execution;
using ChainExec.IntegrationTests.Execution;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;

namespace ChainExec.Simulation;

/// <summary>
/// Runs the engine for one seed: one worker's turn at a time in an order drawn from the seed, between payments, cancellations, blocks,
/// reorganisations, lies, crashes and restored backups; then the faults stop, and everything that was promised is counted.
/// </summary>
public sealed class Campaign : IAsyncDisposable
{
    private const int PaymentsMax = 14;
    private const int SettleRoundsMax = 160;

    private readonly World _world;
    private readonly Random _random;
    private readonly RunReport _report;
    private readonly Mischief _mischief;
    private readonly PlantedBug _bug;
    private readonly int _steps;
    private readonly List<Payment> _payments = [];
    private PostgresDatabase? _backup;
    private string? _crashAt;
    private bool _planted;

    private Campaign(World world, int seed, int steps, PlantedBug bug)
    {
        _world = world;
        _steps = steps;
        _bug = bug;
        _random = new Random(seed);
        _report = new RunReport(seed);
        _mischief = new Mischief(world.Simulated, world.ForeignWallet, _random, _report);
    }

    /// <summary>How many steps a run takes with its faults unless it is told otherwise.</summary>
    public const int StepsDefault = 160;

    /// <summary>Every persistence boundary that the engine names.</summary>
    public static IReadOnlyList<string> AllBoundaries { get; } =
    [
        .. typeof(Boundary).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).Order(
            StringComparer.Ordinal),
    ];

    /// <summary>Runs one seed to its end and judges it.</summary>
    /// <param name="seed">Decides everything that happens.</param>
    /// <param name="steps">How many steps it takes before the faults stop.</param>
    /// <param name="bug">The defect to plant.</param>
    /// <param name="cancellationToken">Ends the run early.</param>
    public static async Task<RunReport> RunAsync(int seed, int steps, PlantedBug bug, CancellationToken cancellationToken)
    {
        await using var campaign = new Campaign(await World.StartAsync(seed, cancellationToken), seed, steps, bug);
        await campaign.RunAsync(cancellationToken);
        return campaign._report;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_backup is not null)
            await _backup.DisposeAsync();
        await _world.DisposeAsync();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await TurnAllAsync(6, cancellationToken);
        for (int step = 0; step < _steps; step++)
        {
            await StepAsync(cancellationToken);
            await _world.AdvanceAsync(TimeSpan.FromMilliseconds(_random.Next(50, 1500)), cancellationToken);
            if (_bug != PlantedBug.None && !_planted)
                await PlantAsync(cancellationToken);
        }

        _crashAt = null;
        _mischief.Stop();
        await SettleAsync(cancellationToken);
        await new Checks(_world, _payments, _report).RunAsync(cancellationToken);
        string all = string.Join('\n', _report.Events.Append(_world.Simulated.JournalHash.ToString()));
        _report.Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..12];
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        await (_random.Next(100) switch
        {
            < 50 => TurnAsync(_world.Workers[_random.Next(_world.Workers.Count)], cancellationToken),
            < 62 => TurnAllAsync(1, cancellationToken),
            < 73 => Did(_mischief.Mine),
            < 74 => Did(_mischief.UseKeyElsewhere),
            < 80 => PayAsync(cancellationToken),
            < 82 => RepeatAsync(cancellationToken),
            < 84 => CancelAsync(cancellationToken),
            < 88 => Did(_mischief.FailProviders),
            < 90 => Did(_mischief.LeadOneAstray),
            < 93 => Did(_mischief.Reorganise),
            < 95 => Did(_mischief.Drop),
            < 96 => Did(_mischief.SpikeBaseFee),
            < 98 => ArmCrash(),
            < 99 => BackUpAsync(cancellationToken),
            _ => RestoreAsync(cancellationToken),
        });
    }

    private static Task Did(Action mischief)
    {
        mischief();
        return Task.CompletedTask;
    }

    private async Task TurnAllAsync(int rounds, CancellationToken cancellationToken)
    {
        for (int round = 0; round < rounds; round++)
        {
            IWorker[] workers = [.. _world.Workers];
            _random.Shuffle(workers);
            foreach (IWorker worker in workers)
            {
                // A crash among them ends the turns of that process.
                if (!await TurnAsync(worker, cancellationToken))
                    break;
            }
        }
    }

    private Task<bool> TurnAsync(IWorker worker, CancellationToken cancellationToken) => GuardedAsync(
        worker.Name, async token => _report.Note($"{worker.Name} moved {await worker.RunTurnAsync(token)}"), cancellationToken);

    /// <summary>Does something that may crash the process; false when it did, and the next process is running.</summary>
    private async Task<bool> GuardedAsync(string what, Func<CancellationToken, Task> action, CancellationToken cancellationToken)
    {
        using IDisposable observing = Boundary.Observe(OnBoundary);
        try
        {
            await action(cancellationToken);
            return true;
        }
        catch (CrashException)
        {
            _report.Count("crashes");
            await _world.StopAsync();
            // From nothing, when a supervisor starts it again at once, to longer than every lease.
            await _world.AdvanceAsync(TimeSpan.FromSeconds(_random.Next(2) * 20), cancellationToken);
            _world.Start();
            return false;
        }
        catch (Exception fault) when (fault is NpgsqlException or StaleWriteException)
        {
            // What the worker's loop would log, and try again.
            _report.Count("turn_faults");
            _report.Note($"{what} failed: {fault.GetType().Name} {fault.Message}");
            return true;
        }
    }

    private void OnBoundary(string boundary)
    {
        lock (_report)
        {
            _report.Boundaries[boundary] = _report.Boundaries.GetValueOrDefault(boundary) + 1;
            if (_crashAt != boundary)
                return;
            _crashAt = null;
            _report.Note($"crash at {boundary}");
        }

        throw new CrashException();
    }

    private Task ArmCrash()
    {
        _crashAt = AllBoundaries[_random.Next(AllBoundaries.Count)];
        return Task.CompletedTask;
    }

    private async Task PayAsync(CancellationToken cancellationToken)
    {
        if (_payments.Count == PaymentsMax)
            return;
        TimeSpan? deadline = _random.Next(4) == 0 ? TimeSpan.FromSeconds(_random.Next(5, 90)) : null;
        Payment payment = _world.Draft(1_000_000 + (ulong)_payments.Count, deadline);
        _payments.Add(payment);
        _report.Count("payments");
        _report.Note($"pay {payment.Amount}, deadline {deadline}");
        await StateAsync(payment, cancellationToken);
    }

    /// <summary>A client that is not sure states its payment again, word for word.</summary>
    private async Task RepeatAsync(CancellationToken cancellationToken)
    {
        if (_payments.Count == 0)
            return;
        Payment payment = _payments[_random.Next(_payments.Count)];
        _report.Count("repeats");
        _report.Note($"state {payment.Amount} again");
        await StateAsync(payment, cancellationToken);
    }

    private async Task StateAsync(Payment payment, CancellationToken cancellationToken)
    {
        SubmitResult? result = null;
        bool answered = await GuardedAsync(
            "admission", async token => result = await _world.SubmitAsync(payment, token), cancellationToken);
        if (!answered)
            await GuardedAsync("admission", async token => result = await _world.SubmitAsync(payment, token), cancellationToken);
        switch (result)
        {
            case SubmitResult.Accepted(var intent, _, var replayed):
                if (payment.Intent is { } before && before != intent)
                    _report.Violations.Add($"Payment {payment.Amount} was accepted as {before} and again as {intent}.");
                payment.Intent = intent;
                _report.Note($"{payment.Amount} accepted, replayed {replayed}");
                break;
            case SubmitResult.Invalid:
                // The deadline is over, and nothing of it is in the books.
                _report.Note($"{payment.Amount} comes too late");
                break;
            default:
                _report.Violations.Add($"Payment {payment.Amount} was answered {result}.");
                break;
        }
    }

    private async Task CancelAsync(CancellationToken cancellationToken)
    {
        if (_payments.Count == 0 || _payments[_random.Next(_payments.Count)] is not { Intent: { } intent } payment)
            return;
        _report.Count("cancels");
        await GuardedAsync(
            "cancel",
            async token =>
            {
                EndResult result = await _world.Get<IntentEnding>().CancelAsync(
                    _world.Account.Owner, intent, "simulation", token);
                _report.Note($"cancel {payment.Amount}: {result.GetType().Name}");
            },
            cancellationToken);
    }

    private async Task BackUpAsync(CancellationToken cancellationToken)
    {
        if (_backup is not null)
            return;
        await _world.StopAsync();
        _backup = await _world.Database.CloneAsync(cancellationToken);
        _world.Start();
        _report.Note("backup");
    }

    /// <summary>The database is set back to an earlier day; the clients state again what they have an answer for.</summary>
    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (_backup is null)
            return;
        await _world.StopAsync();
        await _world.Database.RestoreAsync(_backup, cancellationToken);
        await _world.AdvanceAsync(TimeSpan.FromSeconds(1), cancellationToken);
        _world.Start();
        _report.Count("restores");
        _report.Note("restore");
        foreach (Payment payment in _payments)
        {
            payment.Intent = null;
            await StateAsync(payment, cancellationToken);
        }
    }

    private async Task PlantAsync(CancellationToken cancellationToken)
    {
        _planted = await Planter.PlantAsync(_world, _bug, cancellationToken);
        if (_planted)
            _report.Note($"planted {_bug}");
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        int quiet = 0;
        for (int round = 0; round < SettleRoundsMax && quiet < 3; round++)
        {
            await TurnAllAsync(1, cancellationToken);
            _world.Simulated.Mine();
            await _world.AdvanceAsync(TimeSpan.FromSeconds(3), cancellationToken);
            quiet = await IsQuietAsync(cancellationToken) ? quiet + 1 : 0;
            if (round == SettleRoundsMax - 1)
                _report.Note("never quiet");
        }

        // What was final last has its facts to be consumed.
        await TurnAllAsync(8, cancellationToken);
    }

    private async Task<bool> IsQuietAsync(CancellationToken cancellationToken)
    {
        List<string[]> open = await _world.RowsAsync(
            """
            select (select count(*) from execution.intent
                    where state not in ('confirmed', 'failed', 'cancelled', 'expired', 'escalated'))
                 + (select count(*) from execution.nonce_slot
                    where state not in ('released', 'finalized', 'filled', 'adopted', 'externally_consumed'))
                 + (select count(*) from facts.pending)
            """,
            cancellationToken);
        return open[0][0] == "0";
    }
}
