using ChainExec.Admission;
using ChainExec.Custody;
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
    private const int PaymentsMax = 16;
    private const int BatchedPaymentsMax = 32;
    private const int FundingRoundsMax = 20;
    private const int SettleRoundsMax = 160;

    // A defect would be there every time; one victim may end by a cancellation before it can harm.
    private const int PlantedMax = 3;

    // One step in so many has something of the run's mix on top.
    private const int MixedEvery = 7;

    private readonly World _world;
    private readonly Random _random;
    private readonly CampaignMix _mix;
    private readonly CampaignOptions _options;
    private readonly RunReport _report;
    private readonly Mischief _mischief;
    private readonly Operators _operators;
    private readonly CrashPlan _plan;

    // What belongs to a mix draws from a source of its own: what the seed draws besides is the same under every mix.
    private readonly Random _mixed;

    // For half of the run, in a third of the seeds: by their number, as World.HasDelegatedSender.
    private readonly bool _isPausing;
    private readonly List<Payment> _payments = [];
    private readonly HashSet<Payment> _again = [];
    private PostgresDatabase? _backup;
    private bool _signerArmed;
    private bool _signerAsked;

    private Campaign(World world, int seed, CampaignOptions options)
    {
        _world = world;
        _options = options;
        _mix = options.MixOf(seed);
        _isPausing = seed % 3 == 1;
        _random = new Random(seed);
        _mixed = new Random(~seed);
        _report = new RunReport(seed) { ChainLines = () => world.Simulated.Journal.Count };
        _plan = new CrashPlan(seed, options.Steps);
        _mischief = new Mischief(world, _random, _report);
        _operators = new Operators(world, _payments, _random, _report);
    }

    /// <summary>Runs one seed to its end and judges it.</summary>
    /// <param name="seed">Decides everything that happens.</param>
    /// <param name="options">What the run is besides.</param>
    /// <param name="cancellationToken">Ends the run early.</param>
    /// <exception cref="CampaignFaultException">Something failed that no crash of a process explains.</exception>
    public static async Task<RunReport> RunAsync(int seed, CampaignOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            await using var campaign = new Campaign(await World.StartAsync(seed, options, cancellationToken), seed, options);
            await campaign.RunAsync(cancellationToken);
            return campaign._report;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CampaignFaultException(seed, options.Replay(seed), fault);
        }
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
        _report.Note($"mix {_mix}");
        await TurnAllAsync(6, cancellationToken);
        for (int round = 0; round < FundingRoundsMax && !await _world.IsFundedAsync(cancellationToken); round++)
            await TurnAllAsync(1, cancellationToken);
        for (int step = 0; step < _options.Steps; step++)
        {
            while (_plan.Due(step) is { } boundary)
                await ArmAsync(boundary, cancellationToken);
            await StepAsync(cancellationToken);
            if (_isPausing && (step == _options.Steps / 4 || step == _options.Steps * 3 / 4))
                await GuardedAsync(
                    "pause", step == _options.Steps / 4 ? _operators.PauseAsync : _operators.ResumeAsync, cancellationToken);
            if (_mixed.Next(MixedEvery) == 0)
                await MixAsync(cancellationToken);
            await _world.AdvanceAsync(TimeSpan.FromMilliseconds(_random.Next(50, 1500)), cancellationToken);
            await PlantAsync(step, cancellationToken);
        }

        _plan.Disarm();
        _mischief.Stop();
        await _operators.ThawAsync(cancellationToken);
        await _operators.ResumeAllAsync(cancellationToken);
        await _world.Signer.RestartAsync(null, cancellationToken);
        _signerArmed = false;
        foreach (Payment payment in _again.OrderBy(payment => payment.Number))
            await StateAsync(payment, cancellationToken);
        await SettleAsync(cancellationToken);
        await new Checks(_world, _payments, _report).RunAsync(cancellationToken);
        _report.Close(_world.Simulated.Journal);
    }

    /// <summary>Something that the run's mix has and others have not.</summary>
    private Task MixAsync(CancellationToken cancellationToken)
    {
        CampaignMix[] has = [.. new[] { CampaignMix.Refills, CampaignMix.Verbs }.Where(one => _mix.HasFlag(one))];
        if (has.Length == 0)
            return Task.CompletedTask;
        return has[_mixed.Next(has.Length)] == CampaignMix.Refills
            ? _mixed.Next(3) > 0 ? Task.CompletedTask : Did(() => _mischief.Drain(_mixed))
            : GuardedAsync("operator", token => _operators.ActAsync(_mixed, token), cancellationToken);
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        await (_random.Next(100) switch
        {
            < 47 => TurnAsync(_world.Workers[_random.Next(_world.Workers.Count)], cancellationToken),
            < 58 => TurnAllAsync(1, cancellationToken),
            < 69 => Did(_mischief.Mine),
            < 71 => Did(_mischief.UseKeyElsewhere),
            < 78 => PayAsync(cancellationToken),
            < 80 => RepeatAsync(cancellationToken),
            < 82 => CancelAsync(cancellationToken),
            < 86 => Did(_mischief.FailProviders),
            < 88 => Did(_mischief.LeadOneAstray),
            < 90 => Did(_mischief.Reorganise),
            < 91 => Did(_mischief.Drop),
            < 92 => Did(_mischief.SpikeBaseFee),
            // Where payments share transactions every second seed has honest tokens, so that more of them do.
            < 94 => _options.Batches && _report.Seed % 2 == 1 ? PayAsync(cancellationToken) : Did(_mischief.TurnTokens),
            < 95 => GuardedAsync("freeze", _operators.FreezeOrThawAsync, cancellationToken),
            < 97 => ArmAsync(KillBoundaries.Reached[_random.Next(KillBoundaries.Reached.Count)], cancellationToken),
            < 98 => ArmSignerAsync(cancellationToken),
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
            await ReviveSignerAsync(cancellationToken);
            return true;
        }
        catch (CrashException)
        {
            _signerAsked = false;
            _report.Count("crashes");
            await _world.StopAsync();
            // From nothing, when a supervisor starts it again at once, to longer than every lease.
            await _world.AdvanceAsync(TimeSpan.FromSeconds(_random.Next(2) * 20), cancellationToken);
            _world.Start();
            return false;
        }
        catch (Exception fault) when (fault is NpgsqlException or StaleWriteException or SignerUnavailableException)
        {
            // What the worker's loop would log, and try again; what a client would be told to ask again.
            _report.Count("turn_faults");
            _report.Note($"{what} failed: {fault.GetType().Name} {fault.Message}");
            _signerAsked |= _signerArmed && fault is SignerUnavailableException;
            await ReviveSignerAsync(cancellationToken);
            return true;
        }
    }

    private void OnBoundary(string boundary)
    {
        lock (_report)
        {
            _report.Passed(boundary);
            // The signer answers what it has in its journal.
            if (boundary == Boundary.SignatureAnswered)
                _report.Passed(KillBoundaries.SignerJournalled);
            _signerAsked |= _signerArmed && boundary is Boundary.SignRequested or Boundary.Repriced;
            if (!_plan.Strikes(boundary))
                return;
            _report.Killed(boundary);
            _report.Note($"crash at {boundary}");
        }

        throw new CrashException();
    }

    private Task ArmAsync(string boundary, CancellationToken cancellationToken)
    {
        if (boundary == KillBoundaries.SignerJournalled)
            return ArmSignerAsync(cancellationToken);
        _plan.Arm(boundary);
        return Task.CompletedTask;
    }

    private async Task PayAsync(CancellationToken cancellationToken)
    {
        // Where senders batch, clients come in bursts: what is ready together goes together.
        int burst = _options.Batches ? _random.Next(1, 5) : 1;
        Sender? by = _options.Batches ? _world.Senders[_random.Next(_world.Senders.Count)] : null;
        for (int stated = 0; stated < burst && _payments.Count < (_options.Batches ? BatchedPaymentsMax : PaymentsMax); stated++)
        {
            Payment payment = _world.Draft(_payments.Count, _payments, _random, by, _mixed);
            _payments.Add(payment);
            _report.Count("payments");
            _report.Note($"pay {payment.Number}, {payment.Body}");
            await StateAsync(payment, cancellationToken);
        }
    }

    /// <summary>A client that is not sure states its payment again, word for word.</summary>
    private async Task RepeatAsync(CancellationToken cancellationToken)
    {
        if (_payments.Count == 0)
            return;
        Payment payment = _payments[_random.Next(_payments.Count)];
        _report.Count("repeats");
        _report.Note($"state {payment.Number} again");
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
                    _report.Violations.Add($"Payment {payment.Number} was accepted as {before} and again as {intent}.");
                payment.Intent = intent;
                _report.Note($"{payment.Number} accepted, replayed {replayed}");
                break;
            case SubmitResult.Invalid:
                // The deadline is over, or it waits for what a restored database forgot; nothing of it is in the books.
                _report.Note($"{payment.Number} comes too late");
                break;
            case SubmitResult.Refused("frozen" or "account_frozen", _, _):
                _report.Count("refused");
                break;
            case SubmitResult.Uncompared:
                // The signer is away, and only its journal knows who of the pool paid: the client is told to repeat it.
                _report.Count("uncompared");
                _again.Add(payment);
                break;
            default:
                _report.Violations.Add($"Payment {payment.Number} was answered {result}.");
                break;
        }
    }

    private async Task CancelAsync(CancellationToken cancellationToken)
    {
        if (_payments.Count == 0 || _payments[_random.Next(_payments.Count)] is not { Intent: { } intent } payment)
            return;
        await GuardedAsync("cancel", token => _operators.CancelAsync(payment, intent, token), cancellationToken);
    }

    /// <summary>The signer's process is started anew, to die at its next signature after that is in its journal.</summary>
    private async Task ArmSignerAsync(CancellationToken cancellationToken)
    {
        if (_signerArmed)
            return;
        await _world.Signer.RestartAsync(KillBoundaries.SignerJournalled, cancellationToken);
        _signerArmed = true;
        _report.Note("signer armed");
    }

    /// <summary>What the signer's supervisor does once it died.</summary>
    private async Task ReviveSignerAsync(CancellationToken cancellationToken)
    {
        if (!_signerAsked)
            return;
        _signerAsked = false;
        // Its socket closes a moment before its end can be seen. What it refuses does not kill it.
        for (int wait = 0; wait < 100 && !_world.Signer.IsDead; wait++)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        if (!_world.Signer.IsDead)
            return;
        await _world.Signer.RestartAsync(null, cancellationToken);
        _signerArmed = false;
        _report.Count("signer_crashes");
        _report.Passed(KillBoundaries.SignerJournalled);
        _report.Killed(KillBoundaries.SignerJournalled);
        _report.Note("signer died and was started");
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
        // What was planted into the database would be gone with it.
        if (_backup is null || _report.Planted.Count > 0)
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

    private async Task PlantAsync(int step, CancellationToken cancellationToken)
    {
        if (_options.Bug == PlantedBug.None || _report.Planted.Count == PlantedMax)
            return;
        HashSet<Guid> before = [.. _report.Planted.Select(planted => planted.Root)];
        if (await Planter.PlantAsync(_world, _options.Bug, step, _payments, before, cancellationToken) is not { } one)
            return;
        _report.Planted.Add(one);
        _report.Note($"planted {_options.Bug}");
    }

    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        int quiet = 0;
        for (int round = 0; round < SettleRoundsMax && quiet < 3; round++)
        {
            await TurnAllAsync(1, cancellationToken);
            await PlantAsync(_options.Steps + round, cancellationToken);
            _world.Simulated.Mine();
            await _world.AdvanceAsync(TimeSpan.FromSeconds(3), cancellationToken);
            quiet = await _world.IsQuietAsync(cancellationToken) ? quiet + 1 : 0;
            if (round == SettleRoundsMax - 1)
                _report.Note("never quiet");
        }

        // What was final last has its facts to be consumed.
        await TurnAllAsync(8, cancellationToken);
    }
}
