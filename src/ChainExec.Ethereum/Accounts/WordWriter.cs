using System.Buffers.Binary;

namespace ChainExec.Ethereum.Accounts;

/// <summary>Writes static values one 32-byte word after the other, as <c>abi.encode</c> does.</summary>
internal ref struct WordWriter(Span<byte> destination)
{
    private const int Word = 32;
    private Span<byte> _rest = destination;

    internal void Add(UInt256 value)
    {
        value.WriteBigEndian(_rest);
        _rest = _rest[Word..];
    }

    internal void Add(Hash32 value)
    {
        value.CopyTo(_rest);
        _rest = _rest[Word..];
    }

    internal void Add(Address value)
    {
        _rest[..(Word - Address.Size)].Clear();
        value.CopyTo(_rest[(Word - Address.Size)..]);
        _rest = _rest[Word..];
    }

    /// <summary>Writes two halves of 128 bits into one word.</summary>
    internal void Add(UInt128 high, UInt128 low)
    {
        BinaryPrimitives.WriteUInt128BigEndian(_rest, high);
        BinaryPrimitives.WriteUInt128BigEndian(_rest[(Word / 2)..], low);
        _rest = _rest[Word..];
    }
}
