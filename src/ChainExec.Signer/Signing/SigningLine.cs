using ChainExec.Signer.Journal;

namespace ChainExec.Signer.Signing;

/// <summary>
/// The line in which commands stand: decided one after another, in their order, and answered together behind one sync of the journal. Alone
/// a command waits for nobody.
/// </summary>
internal sealed class SigningLine(JournalFile journal)
{
    /// <summary>Commands behind one sync at most.</summary>
    private const int TogetherMax = 64;

    /// <summary>Commands that may stand in line; more are turned away.</summary>
    private const int WaitingMax = 1024;

    private static readonly TimeSpan s_waitMax = TimeSpan.FromSeconds(2);

    private readonly Lock _door = new();
    private readonly Queue<Command> _waiting = new();
    private bool _isServed;

    /// <summary>
    /// Decides when its turn comes, and answers when what it journalled is on disk. Once its turn has come nothing is cancelled: what is
    /// decided is journalled and what is journalled is answered.
    /// </summary>
    /// <exception cref="SignerBusyException">Its turn did not come in time; nothing was decided.</exception>
    /// <exception cref="JournalException">The journal failed: nothing is known to be on disk.</exception>
    internal async Task<T> RunAsync<T>(Func<T> decide, CancellationToken cancellationToken)
    {
        var command = new Command<T>(decide);
        lock (_door)
        {
            if (_waiting.Count >= WaitingMax)
                throw new SignerBusyException();
            _waiting.Enqueue(command);
            if (!_isServed)
            {
                _isServed = true;
                _ = Task.Run(Serve, CancellationToken.None);
            }
        }

        try
        {
            return await command.Answer.Task.WaitAsync(s_waitMax, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException && command.TryLeave())
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new SignerBusyException();
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return await command.Answer.Task;
        }
    }

    // Ends by itself when nobody stands in line.
    private void Serve()
    {
        while (Take() is { Count: > 0 } together)
        {
            List<Command> decided = [.. together.Where(command => command.TryBegin())];
            foreach (Command command in decided)
                command.Decide(journal.Failed);
            JournalException? failure = Sync();
            foreach (Command command in decided)
                command.Tell(failure);
        }
    }

    private List<Command> Take()
    {
        var together = new List<Command>();
        lock (_door)
        {
            while (together.Count < TogetherMax && _waiting.TryDequeue(out Command? next))
                together.Add(next);
            _isServed = together.Count > 0;
        }

        return together;
    }

    private JournalException? Sync()
    {
        try
        {
            if (journal.Sync())
                KillPoint.Pass(KillPoint.Journalled);
            return null;
        }
        catch (JournalException exception)
        {
            return exception;
        }
    }

    private abstract class Command
    {
        private const int Waits = 0;
        private const int Begun = 1;
        private const int Left = 2;

        private int _state;

        internal bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waits) == Waits;

        internal bool TryLeave() => Interlocked.CompareExchange(ref _state, Left, Waits) == Waits;

        internal abstract void Decide(bool isJournalLost);

        internal abstract void Tell(JournalException? failure);
    }

    private sealed class Command<T>(Func<T> decide) : Command
    {
        private T? _decision;
        private Exception? _thrown;

        // Answers run on the pool, not in the line.
        internal TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        // What an earlier command of the line journalled may be no more than a promise: after a failure nothing is answered from memory.
        internal override void Decide(bool isJournalLost)
        {
            try
            {
                _decision = isJournalLost
                    ? throw new JournalException("An earlier write of the journal failed; the signer must be restarted.")
                    : decide();
            }
            catch (Exception exception)
            {
                // Its caller's to handle; the others in line are decided.
                _thrown = exception;
            }
        }

        internal override void Tell(JournalException? failure)
        {
            if ((_thrown ?? failure) is { } exception)
                Answer.TrySetException(exception);
            else
                Answer.TrySetResult(_decision!);
        }
    }
}
