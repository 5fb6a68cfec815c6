using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using ChainExec.Ethereum;

namespace ChainExec.Storage;

/// <summary>
/// Rows for a <c>copy … from stdin (format binary)</c> as PostgreSQL wants them, built in one buffer that is sent whenever it is full:
/// very many rows cost no object for each value. Begin each row with its number of columns and add them in the order of the statement.
/// </summary>
internal sealed class CopyRows
{
    private const int SentFrom = 128 * 1024;
    private const int ByteaOid = 17;
    private const int NullLength = -1;
    private const int NumericBase = 10_000;
    private const int NumericDigitsMax = 20;
    private const byte JsonbVersion = 1;

    // PostgreSQL counts microseconds since the year 2000.
    private const long EpochTicks = 630_822_816_000_000_000;

    // "PGCOPY\n", a byte above 127, "\r\n\0"; then no flags and no extension.
    private static readonly byte[] Header =
        [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly ArrayBufferWriter<byte> _buffer = new(SentFrom + 4096);

    public CopyRows() => _buffer.Write(Header);

    /// <summary>How many rows were begun.</summary>
    public int Count { get; private set; }

    /// <summary>What was built and not sent yet.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.WrittenMemory;

    /// <summary>Whether so much was built that it is worth sending.</summary>
    public bool IsFull => _buffer.WrittenCount >= SentFrom;

    /// <summary>Forgets what was built: it was sent.</summary>
    public void Sent() => _buffer.ResetWrittenCount();

    /// <summary>Ends the rows.</summary>
    public void End() => Raw16(-1);

    public void Row(short columns)
    {
        Count++;
        Raw16(columns);
    }

    public void Null() => Raw32(NullLength);

    public void Add(long value)
    {
        Raw32(sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    public void Add(int value)
    {
        Raw32(sizeof(int));
        Raw32(value);
    }

    public void Add(bool value) => Add([value ? (byte)1 : (byte)0]);

    public void Add(Hash32 value)
    {
        Raw32(Hash32.Size);
        value.CopyTo(_buffer.GetSpan(Hash32.Size));
        _buffer.Advance(Hash32.Size);
    }

    public void Add(Address? value)
    {
        if (value is not { } address)
        {
            Null();
            return;
        }

        Raw32(Address.Size);
        address.CopyTo(_buffer.GetSpan(Address.Size));
        _buffer.Advance(Address.Size);
    }

    public void Add(ReadOnlySpan<byte> value)
    {
        Raw32(value.Length);
        _buffer.Write(value);
    }

    public void Add(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Raw32(length);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(length));
        _buffer.Advance(length);
    }

    /// <summary>A time, to the microsecond.</summary>
    public void Add(DateTimeOffset value) =>
        Add((value.UtcTicks - EpochTicks) / TimeSpan.TicksPerMicrosecond);

    /// <summary>JSON as UTF-8, for a column of type jsonb.</summary>
    public void AddJson(ReadOnlySpan<byte> json)
    {
        Raw32(json.Length + 1);
        _buffer.Write([JsonbVersion]);
        _buffer.Write(json);
    }

    public void Add(TokenAmount? value)
    {
        if (value is not { } amount)
        {
            Null();
            return;
        }

        // Digits to the base of 10,000, the most significant first.
        Span<short> digits = stackalloc short[NumericDigitsMax];
        int first = NumericDigitsMax;
        BigInteger rest = amount.BaseUnits;
        while (rest > ulong.MaxValue)
        {
            rest = BigInteger.DivRem(rest, NumericBase, out BigInteger digit);
            digits[--first] = (short)digit;
        }

        for (ulong small = (ulong)rest; small > 0; small /= NumericBase)
            digits[--first] = (short)(small % NumericBase);

        int count = NumericDigitsMax - first;
        Raw32(sizeof(short) * (4 + count));
        Raw16((short)count);
        Raw16((short)(count == 0 ? 0 : count - 1));
        Raw16(0);
        Raw16(0);
        foreach (short digit in digits[first..])
            Raw16(digit);
    }

    /// <summary>Words, for a column of type bytea[].</summary>
    public void Add(IReadOnlyList<Hash32> words)
    {
        bool isEmpty = words.Count == 0;
        Raw32((isEmpty ? 12 : 20) + (words.Count * (sizeof(int) + Hash32.Size)));
        Raw32(isEmpty ? 0 : 1);
        Raw32(0);
        Raw32(ByteaOid);
        if (isEmpty)
            return;
        Raw32(words.Count);
        Raw32(1);
        for (int index = 0; index < words.Count; index++)
            Add(words[index]);
    }

    private void Raw16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.GetSpan(sizeof(short)), value);
        _buffer.Advance(sizeof(short));
    }

    private void Raw32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(sizeof(int)), value);
        _buffer.Advance(sizeof(int));
    }
}
