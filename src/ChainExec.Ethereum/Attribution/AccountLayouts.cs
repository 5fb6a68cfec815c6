using System.Buffers.Binary;

namespace ChainExec.Ethereum.Attribution;

/// <summary>Layouts that names cannot tell: packed bytes, and functions whose calls lie deeper in their arguments.</summary>
internal static class AccountLayouts
{
    private const int Word = 32;

    // One call packed by ERC-7579: target, value, data.
    private const int PackedHead = Address.Size + Word;

    // One call packed for MultiSend: operation, target, value, length, data.
    private const int MultiSendHead = 1 + Address.Size + Word + Word;

    // ERC-7821 marks a batch of batches by these bytes of the mode, behind the two kinds and four bytes that are not used.
    private const int ModeSelectorAt = 6;
    private const uint BatchOfBatches = 0x78210002;

    /// <summary><c>multiSend(bytes transactions)</c>.</summary>
    internal static IReadOnlyList<PlannedCall>? MultiSend(CallArguments arguments)
    {
        if (!arguments.TryBytes(0, 0, out ReadOnlyMemory<byte> packed))
        {
            return null;
        }

        var calls = new List<PlannedCall>();
        while (!packed.IsEmpty)
        {
            if (packed.Length < MultiSendHead)
            {
                return null;
            }

            ReadOnlySpan<byte> head = packed.Span[..MultiSendHead];
            UInt256 length = UInt256.ReadBigEndian(head[^Word..]);
            if (head[0] > 1 || length > (ulong)(packed.Length - MultiSendHead))
            {
                return null;
            }

            calls.Add(new PlannedCall(
                head[0] == 0 ? CallOperation.Call : CallOperation.DelegateCall,
                Address.FromBytes(head.Slice(1, Address.Size)),
                UInt256.ReadBigEndian(head.Slice(1 + Address.Size, Word)),
                packed.Slice(MultiSendHead, (int)(ulong)length)));
            packed = packed[(MultiSendHead + (int)(ulong)length)..];
        }

        return calls;
    }

    /// <summary><c>execute(bytes32 mode, bytes execution)</c> of ERC-7579 and ERC-7821.</summary>
    internal static IReadOnlyList<PlannedCall>? Execution(CallArguments arguments)
    {
        if (!arguments.TryHash(0, out Hash32 modeHash) || !arguments.TryBytes(Word, 0, out ReadOnlyMemory<byte> execution))
        {
            return null;
        }

        byte[] mode = modeHash.ToArray();
        return mode[0] switch
        {
            0x00 when execution.Length >= PackedHead => [Packed(CallOperation.Call, execution)],
            0xfe when execution.Length >= PackedHead => [Packed(CallOperation.StaticCall, execution)],
            0xff when execution.Length >= Address.Size =>
                [new(CallOperation.DelegateCall, Target(execution), UInt256.Zero, execution[Address.Size..])],
            0x01 when BinaryPrimitives.ReadUInt32BigEndian(mode.AsSpan(ModeSelectorAt)) == BatchOfBatches =>
                Batches(new CallArguments(execution)),
            0x01 => NamedLayout.ReadTuples(new CallArguments(execution)),
            _ => null,
        };
    }

    /// <summary>
    /// <c>executeUserOp(PackedUserOperation userOp, bytes32 hash)</c> of ERC-4337: the account runs what follows this function's selector
    /// in the operation's call data.
    /// </summary>
    internal static IReadOnlyList<PlannedCall>? UserOperation(CallArguments arguments)
    {
        const int callDataHead = 3 * Word;
        return arguments.TryOffset(0, 0, out int operation)
            && arguments.TryBytes(operation + callDataHead, operation, out ReadOnlyMemory<byte> data) && data.Length >= sizeof(uint)
            ? [new(CallOperation.Call, null, UInt256.Zero, data[sizeof(uint)..])]
            : null;
    }

    private static List<PlannedCall>? Batches(CallArguments arguments)
    {
        if (!arguments.TryOffset(0, 0, out int list) || !arguments.TryLength(list, out int count))
        {
            return null;
        }

        var calls = new List<PlannedCall>();
        int heads = list + Word;
        for (int i = 0; i < count; i++)
        {
            if (!arguments.TryBytes(heads + i * Word, heads, out ReadOnlyMemory<byte> batch)
                || NamedLayout.ReadTuples(new CallArguments(batch)) is not { } inner
                || calls.Count + inner.Count > TransactionAttribution.CallsMax)
            {
                return null;
            }

            calls.AddRange(inner);
        }

        return calls;
    }

    private static PlannedCall Packed(CallOperation operation, ReadOnlyMemory<byte> execution) => new(
        operation, Target(execution), UInt256.ReadBigEndian(execution.Span.Slice(Address.Size, Word)), execution[PackedHead..]);

    private static Address Target(ReadOnlyMemory<byte> packed) => Address.FromBytes(packed.Span[..Address.Size]);
}
