using System.Buffers;
using ChainExec.Ethereum;

namespace ChainExec.Benchmarks.Indexing;

/// <summary>
/// JSON that is written down as bytes, without a text or an object between: the node is to cost little beside whoever reads it.
/// </summary>
internal sealed class JsonText
{
    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public void Clear() => _bytes.ResetWrittenCount();

    public JsonText Add(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(_bytes.GetSpan(utf8.Length));
        _bytes.Advance(utf8.Length);
        return this;
    }

    public JsonText Add(Hash32 hash)
    {
        hash.WriteText(_bytes.GetSpan(Hash32.TextLength));
        _bytes.Advance(Hash32.TextLength);
        return this;
    }

    public JsonText Add(Address address)
    {
        Span<byte> bytes = stackalloc byte[Address.Size];
        address.CopyTo(bytes);
        return Add("0x"u8).AddDigits(bytes);
    }

    /// <summary>Bytes in hexadecimal after <c>0x</c>.</summary>
    public JsonText AddBytes(ReadOnlySpan<byte> bytes) => Add("0x"u8).AddDigits(bytes);

    /// <summary>A number as JSON-RPC writes quantities.</summary>
    public JsonText Add(ulong quantity)
    {
        Add("0x"u8);
        Span<byte> digits = _bytes.GetSpan(16);
        quantity.TryFormat(digits, out int length, "x", provider: null);
        _bytes.Advance(length);
        return this;
    }

    public JsonText Add(int quantity) => Add((ulong)quantity);

    /// <summary>More digits of bytes that were begun.</summary>
    public JsonText AddDigits(ReadOnlySpan<byte> bytes)
    {
        Convert.TryToHexStringLower(bytes, _bytes.GetSpan(bytes.Length * 2), out int length);
        _bytes.Advance(length);
        return this;
    }
}
