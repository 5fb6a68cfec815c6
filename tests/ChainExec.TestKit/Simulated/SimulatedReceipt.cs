using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>What a transaction did in a block.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Succeeded">False when it reverted or ran out of gas.</param>
/// <param name="GasUsed">The gas it paid for.</param>
/// <param name="EffectiveGasPrice">What it paid per gas, in wei.</param>
/// <param name="Output">What it returned, or the revert data.</param>
/// <param name="Created">The contract it created; else nothing.</param>
/// <param name="Logs">Its logs; none when it failed.</param>
/// <param name="Moves">What it moved: token (nothing for native coin), from, to, amount.</param>
public sealed record SimulatedReceipt(
    SimulatedTransaction Transaction,
    bool Succeeded,
    ulong GasUsed,
    UInt256 EffectiveGasPrice,
    ReadOnlyMemory<byte> Output,
    Address? Created,
    IReadOnlyList<SimulatedLog> Logs,
    IReadOnlyList<(Address? Token, Address From, Address To, UInt256 Amount)> Moves);
