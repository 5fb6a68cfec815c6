using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// A contract written in C#: what it does is in <see cref="Execute"/>, what it remembers is in the storage of the call. The object holds no
/// state of its own, so reorganisations and calls on old blocks work by themselves.
/// </summary>
public abstract class SimulatedContract
{
    /// <summary>
    /// Runs one call and answers what it returns. Refuse by <see cref="ContractCall.Revert(string)"/> and its like. Everything that the
    /// call changed is undone when it reverts.
    /// </summary>
    public abstract ReadOnlyMemory<byte> Execute(ContractCall frame);

    /// <summary>What eth_getCode answers: no program, but the same bytes for the same type of contract.</summary>
    internal byte[] Code => [0xfe, .. Keccak256.Hash(System.Text.Encoding.UTF8.GetBytes(GetType().FullName ?? "")).ToArray()];
}
