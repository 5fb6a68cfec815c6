using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>What runs while one transaction or eth_call is carried out: state, gas, logs and movements, all undone by a revert.</summary>
internal sealed class Execution(
    WorldState state, BlockEnvironment block, IReadOnlyDictionary<Address, SimulatedContract> contracts, ulong gas)
{
    private const int DepthMax = 64;
    private const ulong CallGas = 2_600;

    public WorldState State { get; set; } = state;

    public BlockEnvironment Block { get; } = block;

    public ulong GasLeft { get; private set; } = gas;

    public List<SimulatedLog> Logs { get; } = [];

    public List<(Address? Token, Address From, Address To, UInt256 Amount)> Moves { get; } = [];

    public void UseGas(ulong amount)
    {
        if (amount > GasLeft)
            throw new OutOfGasException();
        GasLeft -= amount;
    }

    /// <exception cref="OutOfGasException">The gas is used up; the whole transaction fails.</exception>
    public (bool Succeeded, ReadOnlyMemory<byte> Output) Call(
        int depth, Address from, Address to, UInt256 value, ReadOnlyMemory<byte> data)
    {
        if (depth > 0)
            UseGas(CallGas);
        if (depth > DepthMax || State[from].Balance < value)
            return (false, default);

        (WorldState before, int logs, int moves) = (State, Logs.Count, Moves.Count);
        if (!value.IsZero)
        {
            State = State.Debit(from, value).Credit(to, value);
            Moves.Add((null, from, to, value));
        }

        // As on the EVM, a call of an account without code succeeds whatever its data says.
        if (ContractOf(to) is not { } contract)
            return (true, default);
        try
        {
            return (true, contract.Execute(new ContractCall(this, depth, to, from, value, data)));
        }
        catch (ContractRevertException revert)
        {
            State = before;
            Logs.RemoveRange(logs, Logs.Count - logs);
            Moves.RemoveRange(moves, Moves.Count - moves);
            return (false, revert.RevertData);
        }
    }

    // An account that delegates (EIP-7702) runs the code of its delegate on its own storage.
    private SimulatedContract? ContractOf(Address address)
    {
        AccountState account = State[address];
        return account.Code.IsEmpty ? null : contracts.GetValueOrDefault(account.DelegatedTo ?? address);
    }
}
