using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// What an account can be delegated to (EIP-7702) so that it calls itself with a batch, as Simple7702Account of ERC-4337 v0.8: deploy it
/// with <see cref="SimulatedChain.Deploy"/> and delegate with <see cref="SimulatedChain.Delegate"/>. All calls of a batch happen, or none.
/// </summary>
public sealed class SimulatedBatchAccount : SimulatedContract
{
    private static readonly AbiFunction ExecuteBatch =
        AbiFunction.Parse("function executeBatch((address target, uint256 value, bytes data)[] calls)");

    private static readonly AbiError ExecuteError = AbiError.Parse("error ExecuteError(uint256 index, bytes error)");

    /// <inheritdoc />
    public override ReadOnlyMemory<byte> Execute(ContractCall frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        // It takes native coin from anybody.
        if (frame.Data.IsEmpty)
            return default;
        if (frame.Sender != frame.Self || !ExecuteBatch.Matches(frame.Data.Span))
            throw ContractCall.Revert("account: not from self or EntryPoint");
        var calls = (object[])ExecuteBatch.DecodeCall(frame.Data.Span)[0];
        for (int index = 0; index < calls.Length; index++)
        {
            var call = (object[])calls[index];
            (bool succeeded, ReadOnlyMemory<byte> output) = frame.Call((Address)call[0], (UInt256)call[1], (byte[])call[2]);
            if (!succeeded)
                throw ContractCall.Revert(ExecuteError, (UInt256)(ulong)index, output.ToArray());
        }

        return default;
    }
}
