using System.Globalization;
using ChainExec.Ethereum;
using Microsoft.Win32.SafeHandles;

namespace ChainExec.Signer.Journal;

/// <summary>
/// The signer's memory on disk: append-only, chained, synced before any answer leaves, held by one process. Not safe for concurrent use;
/// the signing service has its callers stand in a line.
/// </summary>
/// <remarks>
/// A record that a crash cut off in the middle of its write was never answered, so cutting it off at the next start is safe. Anything else
/// that does not verify may be a signature that is out in the world: then the journal does not open, and an operator restores it.
/// </remarks>
internal sealed partial class JournalFile : IDisposable
{
    private readonly FileStream _file;
    private readonly ILogger _logger;
    private long _length;
    private Hash32 _link;
    private bool _isSynced = true;

    private JournalFile(FileStream file, ILogger logger)
    {
        _file = file;
        _logger = logger;
    }

    /// <summary>
    /// Identity of this journal, made when the file was created. A server that sees it change knows that the journal was lost.
    /// </summary>
    internal string Id { get; private set; } = "";

    /// <summary>Records in the file, without its first line.</summary>
    internal long Entries => NextSequence - 1;

    /// <summary>
    /// True once a write or sync failed. What is on disk is then unknown until the next start, so nothing more is appended.
    /// </summary>
    internal bool Failed { get; private set; }

    private long NextSequence { get; set; }

    /// <summary>
    /// Opens or creates the journal, takes its lock, verifies every record and hands each to <paramref name="replay"/> in order.
    /// Throws <see cref="JournalException"/> when another process holds it or when it is damaged.
    /// </summary>
    internal static JournalFile Open(string path, TimeProvider clock, ILogger logger, Action<JournalRecord> replay)
    {
        string fullPath = Path.GetFullPath(path);
        FileStream stream;
        try
        {
            // FileShare.None takes an exclusive flock, which the kernel drops when this process dies, however it dies.
            stream = new FileStream(fullPath, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new JournalException($"The journal {fullPath} cannot be opened; does another signer hold it?", exception);
        }

        var journal = new JournalFile(stream, logger);
        try
        {
            journal.ReadAll(replay);
            if (journal.NextSequence == 0)
                journal.Begin(clock.GetUtcNow());
            PosixFile.SyncDirectory(Path.GetDirectoryName(fullPath)!);
            return journal;
        }
        catch (IOException exception)
        {
            stream.Dispose();
            throw new JournalException($"The journal {fullPath} cannot be read or synced.", exception);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes one record, which is on disk after the next <see cref="Sync"/>: nobody may be answered with it before. Throws
    /// <see cref="JournalException"/> when it could not be written; then the journal takes nothing more.
    /// </summary>
    internal void Append(JournalRecord record) => AppendJson(JournalCodec.Write(NextSequence, record));

    /// <summary>
    /// Returns when every record is on disk; true when there was one that was not. Throws <see cref="JournalException"/> when that is not
    /// known; then the caller must not answer with what it recorded, and the journal takes nothing more.
    /// </summary>
    internal bool Sync()
    {
        if (_isSynced)
            return false;
        if (Failed)
            throw new JournalException("An earlier write of the journal failed; the signer must be restarted.");
        try
        {
            // After a failed sync the kernel may have dropped the pages and report success the next time: never try again in this process.
            _file.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            throw Fail(exception);
        }

        _isSynced = true;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Begin(DateTimeOffset at)
    {
        Id = "jrn_" + Guid.CreateVersion7(at).ToString("N");
        AppendJson(JournalCodec.WriteIdentity(Id, at));
        Sync();
    }

    private void AppendJson(byte[] json)
    {
        if (Failed)
            throw new JournalException("An earlier write of the journal failed; the signer must be restarted.");
        if (json.Length > JournalFrame.JsonBytesMax)
            throw new ArgumentException("The record is longer than a journal record may be.", nameof(json));

        Hash32 link = JournalFrame.Link(_link, json);
        byte[] frame = JournalFrame.Build(link, json);
        try
        {
            _file.Position = _length;
            _file.Write(frame);
        }
        catch (IOException exception)
        {
            throw Fail(exception);
        }

        _length += frame.Length;
        _link = link;
        NextSequence++;
        _isSynced = false;
    }

    private JournalException Fail(Exception exception)
    {
        Failed = true;
        LogFailed(NextSequence, exception.Message);
        return new JournalException("The journal could not be written to disk.", exception);
    }

    private void ReadAll(Action<JournalRecord> replay)
    {
        SafeFileHandle handle = _file.SafeFileHandle;
        long fileLength = RandomAccess.GetLength(handle);
        byte[] frame = new byte[JournalFrame.HeaderBytes + JournalFrame.JsonBytesMax + 1];
        while (_length < fileLength)
        {
            long remaining = fileLength - _length;
            int available = (int)Math.Min(remaining, frame.Length);
            Fill(handle, frame.AsSpan(0, Math.Min(available, JournalFrame.HeaderBytes)), _length);
            if (remaining < JournalFrame.HeaderBytes)
            {
                CutTornRecord(frame.AsSpan(0, available));
                return;
            }

            if (!JournalFrame.TryReadHeader(frame.AsSpan(0, JournalFrame.HeaderBytes), out int jsonBytes, out Hash32 link))
                throw Damaged("its header is unreadable");

            int frameBytes = JournalFrame.HeaderBytes + jsonBytes + 1;
            int read = (int)Math.Min(remaining, frameBytes);
            Fill(handle, frame.AsSpan(JournalFrame.HeaderBytes, read - JournalFrame.HeaderBytes), _length + JournalFrame.HeaderBytes);
            if (read < frameBytes)
            {
                CutTornRecord(frame.AsSpan(0, read));
                return;
            }

            ReadRecord(frame.AsSpan(JournalFrame.HeaderBytes, jsonBytes), frame[frameBytes - 1], link, replay);
            _length += frameBytes;
        }
    }

    private void ReadRecord(ReadOnlySpan<byte> json, byte terminator, Hash32 link, Action<JournalRecord> replay)
    {
        if (terminator != (byte)'\n' || JournalFrame.Link(_link, json) != link)
            throw Damaged("its checksum does not match");

        try
        {
            if (NextSequence == 0)
                Id = JournalCodec.ReadIdentity(json);
            else
                replay(JournalCodec.Read(NextSequence, json));
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw Damaged("its content cannot be read", exception);
        }

        _link = link;
        NextSequence++;
    }

    private void CutTornRecord(ReadOnlySpan<byte> tail)
    {
        if (!JournalFrame.IsTornRecord(tail, NextSequence))
            throw Damaged("the end of the file is neither a whole record nor the beginning of one");

        _file.SetLength(_length);
        _file.Flush(flushToDisk: true);
        LogTorn(NextSequence, tail.Length);
    }

    private JournalException Damaged(string how, Exception? innerException = null) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"The journal is damaged at record {NextSequence}, byte {_length}: {how}. Nothing was changed. ")
            + "Restore it; do not start with an empty one.",
        innerException);

    private static void Fill(SafeFileHandle handle, Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            int read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
                throw new EndOfStreamException("The journal became shorter while it was read.");
            buffer = buffer[read..];
            offset += read;
        }
    }

    [LoggerMessage(EventId = 7101, Level = LogLevel.Warning,
        Message = "Journal record {Sequence} was cut off by a crash during its write and was never answered; {Bytes} bytes removed")]
    private partial void LogTorn(long sequence, int bytes);

    [LoggerMessage(EventId = 7102, Level = LogLevel.Critical,
        Message = "Journal record {Sequence} could not be written: {Reason}. Nothing more is signed until the signer is restarted")]
    private partial void LogFailed(long sequence, string reason);
}
