using System.Text;

namespace ChainExec.TestKit;

/// <summary>The last lines that a child process wrote, bounded in lines and in line length, and a way to wait for one.</summary>
internal sealed class OutputRing
{
    private const int LinesMax = 2_000;
    private const int LineLengthMax = 4_000;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<string> Found)> _waiting = [];
    private bool _ended;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    public void Add(string line)
    {
        lock (_gate)
        {
            if (_lines.Count == LinesMax)
                _lines.Dequeue();
            _lines.Enqueue(line);
            foreach ((Func<string, bool> Wanted, TaskCompletionSource<string> Found) waiter in _waiting.Where(
                w => w.Wanted(line)).ToArray())
            {
                waiter.Found.TrySetResult(line);
                _waiting.Remove(waiter);
            }
        }
    }

    /// <summary>The first line, already written or still to come, that is wanted. Faults when the output ends without it.</summary>
    public Task<string> FindAsync(Func<string, bool> wanted)
    {
        lock (_gate)
        {
            string? line = _lines.FirstOrDefault(wanted);
            if (line != null)
                return Task.FromResult(line);
            if (_ended)
                return Task.FromException<string>(new EndOfStreamException("The output ended."));
            TaskCompletionSource<string> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, found));
            return found.Task;
        }
    }

    /// <summary>Reads until the stream ends, cutting overlong lines.</summary>
    public async Task ReadAsync(TextReader reader)
    {
        char[] buffer = new char[4_096];
        StringBuilder line = new();
        int count;
        while ((count = await reader.ReadAsync(buffer)) > 0)
        {
            foreach (char character in buffer.AsSpan(0, count))
            {
                if (character == '\n')
                {
                    Add(line.ToString());
                    line.Clear();
                }
                else if (line.Length < LineLengthMax && character != '\r')
                    line.Append(character);
            }
        }

        if (line.Length > 0)
            Add(line.ToString());
    }

    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            foreach ((Func<string, bool> _, TaskCompletionSource<string> found) in _waiting)
                found.TrySetException(new EndOfStreamException("The output ended."));
            _waiting.Clear();
        }
    }
}
