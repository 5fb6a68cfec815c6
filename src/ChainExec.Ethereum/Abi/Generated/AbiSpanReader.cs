using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace ChainExec.Ethereum.Abi.Generated;

/// <summary>
/// What generated decoders are made of: words and tails of untrusted bytes, as strict as <see cref="AbiDecoder"/>: what a value reads is
/// claimed first and lies behind all that was read before, and what it allocates is paid first. The first failure stays; after it every
/// read answers a default and touches nothing, so that generated code asks once, at the end. Static values cost no allocation.
/// </summary>
/// <remarks>The short methods are inlined by order: code that was compiled ahead of time has no profile that would say so.</remarks>
public ref struct AbiSpanReader
{
    private const int Word = 32;

    private readonly ReadOnlySpan<byte> _data;
    private readonly int _skipped;
    private int _end;
    private long _memoryLeft;
    private string? _problem;
    private string? _subject;
    private int _problemAt;

    /// <summary>Reads <paramref name="data"/> behind its first <paramref name="skip"/> bytes, a selector; offsets do not count
    /// those.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public AbiSpanReader(ReadOnlySpan<byte> data, int skip = 0)
    {
        _data = data[skip..];
        _skipped = skip;
        _memoryLeft = (long)_data.Length * AbiDecoder.MemoryPerByte + AbiDecoder.MemoryFree;
    }

    /// <summary>True while nothing was refused.</summary>
    public readonly bool IsValid => _problem is null;

    /// <summary>What was refused first.</summary>
    public readonly AbiFailure Failure => _problem is null ? default : new AbiFailure(_problem, _subject, _skipped + _problemAt);

    /// <summary>Claims the heads of all arguments, which lie at the start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeArguments(int slots) => Claim(0, (long)slots * Word);

    /// <summary>Pays for the items of a static tuple or array, whose words are claimed with the head that they lie in; answers
    /// <paramref name="count"/>, or 0 when they are refused.</summary>
    public int TakeItems(int count, int at)
    {
        // Items without bytes (an empty tuple, T[0]) cost the data nothing, so memory is what bounds them.
        _memoryLeft -= count == 0 ? 0 : AbiDecoder.ObjectSize + (long)count * AbiDecoder.ReferenceSize;
        if (_memoryLeft < 0)
        {
            Fail("There are more values than data of this length can hold", at);
        }

        return _problem is null ? count : 0;
    }

    /// <summary>Claims the heads of a tuple or array of fixed length in a tail; answers <paramref name="count"/>, or 0 when they are
    /// refused.</summary>
    public int TakeTail(int at, int slots, int count)
    {
        Claim(at, (long)slots * Word);
        return TakeItems(count, at);
    }

    /// <summary>Reads the length of a list at <paramref name="at"/>, moves there behind it and claims the heads of its items; answers
    /// the length, or 0 when it is refused.</summary>
    public int TakeList(ref int at, int slots)
    {
        Claim(at, Word);
        int count = ReadCount(at, "A length");
        at += Word;
        Claim(at, (long)count * slots * Word);
        return TakeItems(count, at);
    }

    /// <summary>Reads an offset and answers where it leads to, from the start of its sequence.</summary>
    public int ReadOffset(int at, int start)
    {
        int offset = ReadCount(at, "An offset");
        if (_problem is null && offset > _data.Length - start)
        {
            Fail("An offset points behind the data", at);
        }

        return _problem is null ? start + offset : 0;
    }

    /// <summary>Reads an <c>address</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address ReadAddress(int at)
    {
        Address value = AbiWords.ToAddress(Load(at), out string? refused);
        return refused is null ? value : Refuse<Address>(refused, at);
    }

    /// <summary>Reads a <c>bool</c>, which is 0 or 1.</summary>
    public bool ReadBool(int at)
    {
        bool value = AbiWords.ToBool(Load(at), out string? refused);
        return refused is null ? value : Refuse<bool>(refused, at);
    }

    /// <summary>Reads an unsigned integer of up to 64 bits.</summary>
    public ulong ReadUInt64(int at, int bits)
    {
        ulong value = AbiWords.ToUInt64(Load(at), bits, out string? refused);
        return refused is null ? value : Refuse<ulong>(refused, at);
    }

    /// <summary>Reads an unsigned integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public UInt256 ReadUInt256(int at, int bits)
    {
        UInt256 value = AbiWords.ToUInt256(Load(at), bits, out string? refused);
        return refused is null ? value : Refuse<UInt256>(refused, at);
    }

    /// <summary>Reads a signed integer of up to 64 bits, which must be extended by its sign.</summary>
    public long ReadInt64(int at, int bits)
    {
        long value = AbiWords.ToInt64(Load(at), bits, out string? refused);
        return refused is null ? value : Refuse<long>(refused, at);
    }

    /// <summary>Reads a signed integer, which must be extended by its sign.</summary>
    public Int256 ReadInt256(int at, int bits)
    {
        Int256 value = AbiWords.ToInt256(Load(at), bits, out string? refused);
        return refused is null ? value : Refuse<Int256>(refused, at);
    }

    /// <summary>Reads a <c>bytes32</c>.</summary>
    public readonly Hash32 ReadHash(int at) => Hash32.FromWords(Load(at));

    /// <summary>Reads a byte string of fixed length.</summary>
    public FixedBytes ReadFixedBytes(int at, int length)
    {
        FixedBytes value = AbiWords.ToFixedBytes(Load(at), length, out string? refused);
        return refused is null ? value : Refuse<FixedBytes>(refused, at);
    }

    /// <summary>Copies <c>bytes</c> out of their tail.</summary>
    public ReadOnlyMemory<byte> ReadBytes(int at) => Content(at).ToArray();

    /// <summary>Reads a <c>string</c>, which must be UTF-8, out of its tail.</summary>
    public string ReadText(int at)
    {
        ReadOnlySpan<byte> content = Content(at);
        if (!Utf8.IsValid(content))
        {
            Fail("A string is not UTF-8", at + Word);
            return "";
        }

        return Encoding.UTF8.GetString(content);
    }

    /// <summary>
    /// Refuses call data that is another encoding of the same arguments (bytes behind them, moved tails): what is checked must be all
    /// that is signed.
    /// </summary>
    public void ExpectCanonical(ReadOnlySpan<byte> canonical)
    {
        int common = _data.CommonPrefixLength(canonical[_skipped..]);
        if (_problem is null && (common < _data.Length || canonical.Length - _skipped != common))
        {
            Fail("The data is not the canonical encoding of a call", common);
        }
    }

    /// <summary>Refuses bytes behind the arguments, which take <paramref name="slots"/> words and have no tails.</summary>
    public void ExpectEnd(int slots)
    {
        if (_data.Length > slots * Word)
        {
            Fail("The data is not the canonical encoding of a call", slots * Word);
        }
    }

    /// <summary>Refuses more bytes than <see cref="AbiEncoder.SizeMax"/>, which no call that we encode has.</summary>
    public void ExpectEncodable()
    {
        if (_data.Length > AbiEncoder.SizeMax - _skipped)
        {
            Fail("The data is larger than an encoding can be", AbiEncoder.SizeMax - _skipped);
        }
    }

    private ReadOnlySpan<byte> Content(int at)
    {
        Claim(at, Word);
        int length = ReadCount(at, "A length");
        at += Word;
        long padded = (length + (long)Word - 1) / Word * Word;
        Claim(at, padded);
        if (_problem is not null)
        {
            return [];
        }

        if (_data[(at + length)..(int)(at + padded)].ContainsAnyExcept((byte)0))
        {
            Fail("The padding of bytes is dirty", at + length);
            return [];
        }

        return _data.Slice(at, length);
    }

    private int ReadCount(int at, string what)
    {
        if (_problem is not null)
        {
            return 0;
        }

        UInt256 count = UInt256.ReadBigEndian(_data.Slice(at, Word));
        if (count.BitLength > 31)
        {
            Fail("{0} is larger than any data", at, what);
            return 0;
        }

        return (int)(ulong)count;
    }

    // A head is claimed before it is read, so the word is there; after a failure `at` may be any number, and zero is no failure.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly UInt256 Load(int at)
    {
        if (_problem is not null)
        {
            return default;
        }

        ReadOnlySpan<byte> word = _data.Slice(at, Word);
        return new UInt256(
            BinaryPrimitives.ReadUInt64BigEndian(word),
            BinaryPrimitives.ReadUInt64BigEndian(word[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(word[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(word[24..]));
    }

    private T Refuse<T>(string type, int at)
        where T : struct
    {
        Fail(AbiFailure.DirtyWord, at, type);
        return default;
    }

    // Every read goes through here first: the bytes must be there and lie behind all others read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Claim(int at, long bytes)
    {
        if (_problem is not null)
        {
            return;
        }

        if (bytes > _data.Length - at || at < _end)
        {
            Fail(at < _end ? "A value lies inside or before another that was read earlier" : "The data is too short", at);
            return;
        }

        _end = at + (int)bytes;
    }

    private void Fail(string problem, int at, string? subject = null)
    {
        if (_problem is null)
        {
            _problem = problem;
            _subject = subject;
            _problemAt = at;
        }
    }
}
