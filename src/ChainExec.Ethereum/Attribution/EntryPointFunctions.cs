using System.Buffers.Binary;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Attribution;

/// <summary>The functions of one generation of EntryPoint by which bundles are executed.</summary>
/// <param name="HandleOps">Selector of the bundle of single operations.</param>
/// <param name="HandleAggregatedOps">Selector of the bundle with aggregated signatures.</param>
/// <param name="InnerHandleOp">Selector of the call that the EntryPoint makes to itself for each operation.</param>
/// <param name="HashAt">Where the operation's hash stands in the arguments of that call.</param>
internal sealed record EntryPointFunctions(uint HandleOps, uint HandleAggregatedOps, uint InnerHandleOp, int HashAt)
{
    /// <summary>Where the sender stands in the arguments of <see cref="InnerHandleOp"/>.</summary>
    internal const int SenderAt = Word;

    private const int Word = 32;

    /// <summary>v0.6.</summary>
    internal static EntryPointFunctions V06 { get; } = Of(
        "(address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)",
        "(address,uint256,uint256,uint256,uint256,address,uint256,uint256)", memoryWords: 8);

    /// <summary>v0.7 and v0.8.</summary>
    internal static EntryPointFunctions V07 { get; } = Of(
        "(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)",
        "(address,uint256,uint256,uint256,uint256,uint256,uint256,address,uint256,uint256)", memoryWords: 10);

    /// <summary><c>UserOperationEvent</c>: topics are hash, sender and paymaster; the data are nonce, success, costs.</summary>
    internal static Hash32 UserOperationEvent { get; } = Keccak256.Hash(
        "UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)"u8);

    /// <summary>The generation whose bundle an input is.</summary>
    internal static EntryPointFunctions? OfBundle(ReadOnlyMemory<byte> input)
    {
        uint selector = SelectorOf(input);
        return selector == V07.HandleOps || selector == V07.HandleAggregatedOps ? V07
            : selector == V06.HandleOps || selector == V06.HandleAggregatedOps ? V06
            : null;
    }

    internal static uint SelectorOf(ReadOnlyMemory<byte> input) =>
        input.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32BigEndian(input.Span) : 0;

    /// <summary>Sender and call data of the operations that a bundle's input lists; nothing where it is malformed.</summary>
    internal List<(Address Sender, ReadOnlyMemory<byte> CallData)> Operations(ReadOnlyMemory<byte> input)
    {
        var operations = new List<(Address, ReadOnlyMemory<byte>)>();
        var arguments = new CallArguments(input[sizeof(uint)..]);
        if (SelectorOf(input) == HandleOps)
        {
            return AddOperations(arguments, 0, 0, operations) ? operations : [];
        }

        if (!arguments.TryOffset(0, 0, out int list) || !arguments.TryLength(list, out int count))
        {
            return [];
        }

        int heads = list + Word;
        for (int i = 0; i < count; i++)
        {
            if (!arguments.TryOffset(heads + i * Word, heads, out int group) || !AddOperations(arguments, group, group, operations))
            {
                return [];
            }
        }

        return operations;
    }

    private static bool AddOperations(
        CallArguments arguments, int at, int start, List<(Address Sender, ReadOnlyMemory<byte> CallData)> operations)
    {
        const int callDataHead = 3 * Word;
        if (!arguments.TryOffset(at, start, out int list) || !arguments.TryLength(list, out int count))
        {
            return false;
        }

        int heads = list + Word;
        for (int i = 0; i < count; i++)
        {
            if (!arguments.TryOffset(heads + i * Word, heads, out int operation)
                || !arguments.TryAddress(operation, out Address sender)
                || !arguments.TryBytes(operation + callDataHead, operation, out ReadOnlyMemory<byte> callData)
                || operations.Count == TransactionAttribution.CallsMax)
            {
                return false;
            }

            operations.Add((sender, callData));
        }

        return true;
    }

    private static EntryPointFunctions Of(string operation, string memory, int memoryWords) => new(
        Selector($"handleOps({operation}[],address)"),
        Selector($"handleAggregatedOps(({operation}[],address,bytes)[],address)"),
        Selector($"innerHandleOp(bytes,({memory},bytes32,uint256,uint256,uint256),bytes)"),
        (1 + memoryWords) * Word);

    private static uint Selector(string signature) => BinaryPrimitives.ReadUInt32BigEndian(AbiFunction.SelectorOf(signature));
}
