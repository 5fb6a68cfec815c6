using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>A simulated contract refuses the call.</summary>
/// <param name="data">The revert data.</param>
public sealed class ContractRevertException(ReadOnlyMemory<byte> data) : Exception($"Reverted with {Hex.Encode(data.Span)}.")
{
    /// <summary>The revert data.</summary>
    public ReadOnlyMemory<byte> RevertData { get; } = data;
}
