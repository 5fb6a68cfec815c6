using System.Diagnostics;
using System.Globalization;
using ChainExec.Admission;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;

namespace ChainExec.Simulation;

/// <summary>
/// Real concurrency: two server processes on one database, one signer and one chain, over HTTP and in real time. One of them is killed now
/// and then while the other works on. Faults are drawn from the seed; their order against the engine's turns is the machine's, so no run
/// repeats. The same promises are counted at the end.
/// </summary>
public sealed class FreeRun : IAsyncDisposable
{
    private const int PaymentsMax = 40;
    private const int SendersAtOnce = 3;
    private static readonly TimeSpan BlockTime = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SettleMax = TimeSpan.FromSeconds(90);

    private readonly World _world;
    private readonly Random _random;
    private readonly RunReport _report;
    private readonly Mischief _mischief;
    private readonly Operators _operators;
    private readonly List<Payment> _payments = [];
    private readonly HashSet<string> _processes = [];
    private readonly ChildProcess[] _servers;

    private FreeRun(World world, int seed)
    {
        _world = world;
        _random = new Random(seed);
        _report = new RunReport(seed);
        _mischief = new Mischief(world, _random, _report);
        _operators = new Operators(world, _payments, _random, _report);
        _servers = [StartServer(), StartServer()];
    }

    /// <summary>Runs one seed's faults for so long, lets everything come to rest, and judges it.</summary>
    /// <exception cref="CampaignFaultException">Something failed that no killed process explains.</exception>
    public static async Task<RunReport> RunAsync(int seed, TimeSpan faults, CancellationToken cancellationToken)
    {
        try
        {
            return await StartAsync(seed, faults, cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            string seconds = faults.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            throw new CampaignFaultException(seed, $"--free --seeds {seed} --seconds {seconds}", fault);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess server in _servers)
            await server.DisposeAsync();
        await _world.DisposeAsync();
    }

    private static async Task<RunReport> StartAsync(int seed, TimeSpan faults, CancellationToken cancellationToken)
    {
        SimulatedChainServer? nodes = null;
        World world = await World.StartAsync(
            seed, TimeProvider.System, new CampaignOptions { SendersAtOnce = SendersAtOnce, Mix = CampaignMix.None },
            async chain => nodes = await SimulatedChainServer.StartAsync(chain, cancellationToken),
            cancellationToken);
        await using (nodes)
        {
            await using var run = new FreeRun(world, seed);
            await run.RunAsync(faults, cancellationToken);
            return run._report;
        }
    }

    private ChildProcess StartServer()
    {
        Dictionary<string, string?> settings = _world.Settings();
        settings["Execution:LeaseDuration"] = "00:00:02";
        settings["Chains:0:PollInterval"] = "00:00:00.100";
        settings["Chains:0:ResendInterval"] = "00:00:01";
        return ChildProcess.StartDotnet(
            Path.Combine(AppContext.BaseDirectory, "ChainExec.Server.dll"), ["--urls", $"http://127.0.0.1:{FreePort.Take()}"],
            settings.ToDictionary(
                setting => "CHAINEXEC_" + setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value));
    }

    private async Task RunAsync(TimeSpan faults, CancellationToken cancellationToken)
    {
        await Eventually.TrueAsync(
            async () => await _world.IsFundedAsync(cancellationToken), StartMax,
            $"the deposits are booked; the servers said: {_servers[0].Tail()} {_servers[1].Tail()}", cancellationToken);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < faults)
        {
            await StepAsync(cancellationToken);
            await TickAsync(cancellationToken);
        }

        _mischief.Stop();
        await _operators.ThawAsync(cancellationToken);
        int quiet = 0;
        for (watch.Restart(); watch.Elapsed < SettleMax && quiet < 3; quiet = await _world.IsQuietAsync(cancellationToken) ? quiet + 1 : 0)
            await TickAsync(cancellationToken);
        // What was final last has its facts to be consumed.
        for (int tick = 0; tick < 10; tick++)
            await TickAsync(cancellationToken);
        _report.Count("processes", _processes.Count);
        foreach (ChildProcess server in _servers)
            await server.KillAsync();
        await new Checks(_world, _payments, _report).RunAsync(cancellationToken);
        if (_report.Violations.Count > 0)
            _report.Evidence.AddRange(_servers.Select(server => server.Tail()));
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        _world.Simulated.Mine();
        await Task.Delay(BlockTime, TimeProvider.System, cancellationToken);
        foreach (string[] row in await _world.RowsAsync(
            """
            select leased_by from execution.nonce_slot where leased_by is not null
            union select leased_by from execution.intent where leased_by is not null
            """,
            cancellationToken))
        {
            _processes.Add(row[0]);
        }
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        switch (_random.Next(100))
        {
            case < 55:
                await PayAsync(cancellationToken);
                break;
            case < 62 when _payments.Count > 0 && _payments[_random.Next(_payments.Count)] is { Intent: { } intent } payment:
                await _operators.CancelAsync(payment, intent, cancellationToken);
                break;
            case < 72:
                _mischief.FailProviders();
                break;
            case < 76:
                _mischief.LeadOneAstray();
                break;
            case < 82:
                _mischief.Reorganise();
                break;
            case < 85:
                _mischief.Drop();
                break;
            case < 88:
                _mischief.UseKeyElsewhere();
                break;
            case < 91:
                _mischief.TurnTokens();
                break;
            case < 94:
                await _operators.FreezeOrThawAsync(cancellationToken);
                break;
            default:
                await KillOneAsync();
                break;
        }
    }

    private async Task KillOneAsync()
    {
        int which = _random.Next(_servers.Length);
        await _servers[which].KillAsync();
        await _servers[which].DisposeAsync();
        _servers[which] = StartServer();
        _report.Count("crashes");
    }

    private async Task PayAsync(CancellationToken cancellationToken)
    {
        if (_payments.Count == PaymentsMax)
            return;
        Payment payment = _world.Draft(_payments.Count, _payments, _random);
        _payments.Add(payment);
        _report.Count("payments");
        SubmitResult result = await _world.SubmitAsync(payment, cancellationToken);
        if (result is SubmitResult.Accepted accepted)
            payment.Intent = accepted.Intent;
        else if (result is not SubmitResult.Refused("frozen" or "account_frozen", _, _))
            _report.Violations.Add($"Payment {payment.Number} was answered {result}.");
    }
}
