using ChainExec.Storage;
using ChainExec.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

public sealed class WorkerLoopTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManualClock _clock = new();
    private readonly WakeUp _wakeUp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pulse_between_looking_and_waiting_is_not_lost()
    {
        var worker = new ScriptedWorker();
        worker.OnTurn = turn =>
        {
            // Work arrives after the worker looked and found nothing.
            if (turn == 1)
                _wakeUp.Pulse();
            return 0;
        };
        using WorkerLoop loop = await StartAsync(worker);

        await worker.ReachesAsync(2);

        await loop.StopAsync(Token);
    }

    [Fact]
    public async Task An_idle_worker_looks_again_after_the_poll_and_not_before()
    {
        var worker = new ScriptedWorker();
        using WorkerLoop loop = await StartAsync(worker);
        await SleepsAsync(worker, turns: 1);

        _clock.Advance(TimeSpan.FromMilliseconds(249));
        Assert.Equal(1, worker.Turns);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await worker.ReachesAsync(2);

        await loop.StopAsync(Token);
    }

    [Fact]
    public async Task A_sleeping_worker_is_woken_by_a_pulse()
    {
        var worker = new ScriptedWorker();
        using WorkerLoop loop = await StartAsync(worker);
        await SleepsAsync(worker, turns: 1);

        _wakeUp.Pulse();
        await worker.ReachesAsync(2);

        await loop.StopAsync(Token);
    }

    [Fact]
    public async Task A_worker_with_work_goes_on_without_sleeping()
    {
        var worker = new ScriptedWorker { OnTurn = turn => turn < 50 ? 1 : 0 };
        using WorkerLoop loop = await StartAsync(worker);

        await worker.ReachesAsync(50);

        await loop.StopAsync(Token);
    }

    [Fact]
    public async Task A_paced_worker_rests_between_turns_even_when_it_is_woken()
    {
        var worker = new ScriptedWorker { OnTurn = _ => 1, Pace = TimeSpan.FromMilliseconds(5) };
        using WorkerLoop loop = await StartAsync(worker);
        await SleepsAsync(worker, turns: 1);

        _wakeUp.Pulse();
        _clock.Advance(TimeSpan.FromMilliseconds(4));
        Assert.Equal(1, worker.Turns);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await worker.ReachesAsync(2);

        await loop.StopAsync(Token);
    }

    [Fact]
    public async Task Failing_turns_back_off_doubling_up_to_ten_seconds_and_go_on()
    {
        var worker = new ScriptedWorker { OnTurn = turn => turn <= 9 ? throw new TimeoutException($"turn {turn}") : 0 };
        using WorkerLoop loop = await StartAsync(worker);
        int[] delays = [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000];
        for (int fault = 1; fault <= delays.Length; fault++)
        {
            await SleepsAsync(worker, fault);
            _clock.Advance(TimeSpan.FromMilliseconds(delays[fault - 1] - 1));
            Assert.Equal(fault, worker.Turns);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        await worker.ReachesAsync(10);
        await loop.StopAsync(Token);
    }

    [Fact]
    public async Task After_a_good_turn_the_back_off_starts_anew()
    {
        var worker = new ScriptedWorker
        {
            OnTurn = turn => turn is 1 or 2 or 4 ? throw new TimeoutException($"turn {turn}") : turn == 3 ? 1 : 0,
        };
        using WorkerLoop loop = await StartAsync(worker);
        await SleepsAsync(worker, turns: 1);
        _clock.Advance(TimeSpan.FromMilliseconds(200));
        await SleepsAsync(worker, turns: 2);
        _clock.Advance(TimeSpan.FromMilliseconds(400));

        await SleepsAsync(worker, turns: 4);
        _clock.Advance(TimeSpan.FromMilliseconds(200));
        await worker.ReachesAsync(5);

        await loop.StopAsync(Token);
    }

    [Fact]
    public async Task A_cancellation_inside_a_turn_that_nobody_asked_for_does_not_end_the_loop()
    {
        var worker = new ScriptedWorker { OnTurn = turn => turn == 1 ? throw new TaskCanceledException("an inner timeout") : 0 };
        using WorkerLoop loop = await StartAsync(worker);
        await SleepsAsync(worker, turns: 1);

        _clock.Advance(TimeSpan.FromMilliseconds(200));
        await worker.ReachesAsync(2);

        await loop.StopAsync(Token);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_ends_the_loop_while_it_sleeps(bool afterAFault)
    {
        var worker = new ScriptedWorker { OnTurn = _ => afterAFault ? throw new TimeoutException() : 0 };
        using WorkerLoop loop = await StartAsync(worker);
        await SleepsAsync(worker, turns: 1);

        await loop.StopAsync(Token);

        Assert.True(loop.ExecuteTask!.IsCompleted);
        Assert.Equal(1, worker.Turns);
    }

    private async Task<WorkerLoop> StartAsync(IWorker worker)
    {
        var loop = new WorkerLoop(worker, _wakeUp, Options.Create(new StorageOptions()), _clock, NullLogger<WorkerLoop>.Instance);
        await loop.StartAsync(Token);
        return loop;
    }

    private Task SleepsAsync(ScriptedWorker worker, int turns) => Eventually.TrueAsync(
        () => Task.FromResult(worker.Turns == turns && _clock.TimersWaiting == 1), Patience, $"asleep after turn {turns}", Token);

    private sealed class ScriptedWorker : IWorker
    {
        private int _turns;

        public Func<int, int> OnTurn { get; set; } = _ => 0;

        public int Turns => Volatile.Read(ref _turns);

        public string Name => "test.scripted";

        public TimeSpan Pace { get; init; }

        public Task<int> RunTurnAsync(CancellationToken cancellationToken) => Task.FromResult(OnTurn(Interlocked.Increment(ref _turns)));

        public Task ReachesAsync(int turns) =>
            Eventually.TrueAsync(() => Task.FromResult(Turns >= turns), Patience, $"turn {turns}", Token);
    }
}
