namespace ChainExec.Cli.Offline;

/// <summary>
/// Cuts a stream into lines without ever holding more than one longest line and a read-ahead. The last line needs no line feed. Lines are
/// slices of one pinned buffer, which <see cref="Erase"/> zeroes: a line can hold a private key.
/// </summary>
/// <param name="input">Read until its end; not disposed.</param>
/// <param name="lineMax">The longest line, in bytes without its line feed.</param>
internal sealed class LineReader(Stream input, int lineMax)
{
    private const int FirstSize = 64 * 1024;
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(FirstSize, pinned: true);

    // What was read and not yet given out lies from _start to _end; up to _searched there is no line feed in it.
    private int _start;
    private int _searched;
    private int _end;
    private bool _tooLong;
    private bool _ended;

    /// <summary>The next line of what was read already; it is valid until <see cref="Fill"/>.</summary>
    /// <param name="line">The bytes; empty when <paramref name="tooLong"/>.</param>
    /// <param name="tooLong">True when the line had more bytes than a line may have, which were passed over.</param>
    /// <returns>False when more must be read first, or nothing is left.</returns>
    public bool TryTake(out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        int found = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        int length = (found < 0 ? _end : _searched + found) - _start;
        tooLong = _tooLong || length > lineMax;
        line = tooLong ? default : _buffer.AsMemory(_start, length);
        if (found >= 0)
        {
            _start = _searched = _start + length + 1;
            _tooLong = false;
            return true;
        }

        if (!_ended)
        {
            _searched = _end;
            if (tooLong)
                PassOver();
            return false;
        }

        _start = _searched = _end;
        _tooLong = false;
        return length > 0 || tooLong;
    }

    /// <summary>Waits for more input; false at the end of it, after which <see cref="TryTake"/> gives what is left.</summary>
    public bool Fill()
    {
        MakeRoom();
        int read = input.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
        return !_ended;
    }

    /// <summary>Zeroes everything that was given out.</summary>
    public void Erase() => _buffer.AsSpan(0, _start).Clear();

    // The rest of a line that is too long anyway is not kept.
    private void PassOver()
    {
        _buffer.AsSpan(_start, _end - _start).Clear();
        _start = _searched = _end = 0;
        _tooLong = true;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _buffer.AsSpan(_end - _start, _start).Clear();
            _searched -= _start;
            _end -= _start;
            _start = 0;
        }

        if (_end < _buffer.Length)
            return;
        byte[] larger = GC.AllocateUninitializedArray<byte>(2 * _buffer.Length, pinned: true);
        _buffer.CopyTo(larger, 0);
        _buffer.AsSpan().Clear();
        _buffer = larger;
    }
}
