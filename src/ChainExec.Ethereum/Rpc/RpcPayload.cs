using System.Buffers;

namespace ChainExec.Ethereum.Rpc;

/// <summary>The bytes of one answer in a rented buffer. Records copy what they keep, so the buffer goes back when it was read.</summary>
internal sealed class RpcPayload : IDisposable
{
    private byte[] _buffer;

    private RpcPayload(byte[] buffer) => _buffer = buffer;

    /// <summary>How many bytes were written.</summary>
    internal int Length { get; private set; }

    /// <summary>The bytes written.</summary>
    internal ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>An empty payload with room for about that many bytes.</summary>
    internal static RpcPayload Rent(int capacity) => new(ArrayPool<byte>.Shared.Rent(capacity));

    /// <summary>Room for more bytes, at least one; <see cref="Advance"/> says how many were written.</summary>
    internal Memory<byte> Room()
    {
        if (Length == _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsMemory(Length);
    }

    /// <summary>Counts bytes that were written into the room.</summary>
    internal void Advance(int count) => Length += count;

    /// <summary>Gives the buffer back; the payload is empty from then on.</summary>
    public void Dispose()
    {
        byte[] buffer = _buffer;
        (_buffer, Length) = ([], 0);
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
