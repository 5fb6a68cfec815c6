using ChainExec.Ethereum;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.TestKit.Simulated;

/// <summary>Carries out transactions and calls on a state.</summary>
internal sealed class Executor(IReadOnlyDictionary<Address, SimulatedContract> contracts)
{
    /// <summary>The code of contracts that are created by bytes: the simulation runs none, so they do nothing.</summary>
    private static readonly byte[] Stop = [0x00];

    /// <summary>Carries out a transaction; nothing when it cannot be in this block: its nonce, fee cap, balance or gas does not allow it.
    /// </summary>
    public (WorldState State, SimulatedReceipt Receipt)? Apply(WorldState state, BlockEnvironment block, SimulatedTransaction transaction)
    {
        AccountState sender = state[transaction.From];
        ulong intrinsic = Math.Max(Gas.Intrinsic(transaction), Gas.Floor(transaction));
        if (sender.Nonce != transaction.Nonce || sender.Balance < transaction.CostMax || intrinsic > transaction.GasLimit
            || transaction.GasLimit > block.GasLimit || transaction.TipAt(block.BaseFee) is not { } tip)
            return null;

        UInt256 price = block.BaseFee + tip;
        WorldState paid = state.Debit(transaction.From, price * transaction.GasLimit).Advance(transaction.From);
        paid = transaction.Authorizations.Aggregate(paid, (current, carried) => carried.Apply(current, block.ChainId));
        Outcome outcome = Run(paid, block, transaction);

        WorldState after = outcome.State
            .Credit(transaction.From, price * (transaction.GasLimit - outcome.GasUsed))
            .Credit(block.Coinbase, tip * outcome.GasUsed);
        return (after, new SimulatedReceipt(
            transaction, outcome.Succeeded, outcome.GasUsed, price, outcome.Output, outcome.Created, outcome.Logs, outcome.Moves));
    }

    /// <summary>What a call would do on a state, without fees and nonces.</summary>
    public Outcome Run(WorldState state, BlockEnvironment block, SimulatedTransaction transaction)
    {
        ulong intrinsic = Gas.Intrinsic(transaction);
        var execution = new Execution(state, block, contracts, transaction.GasLimit - Math.Min(intrinsic, transaction.GasLimit));
        try
        {
            Address? created = null;
            (bool succeeded, ReadOnlyMemory<byte> output) = transaction.To is { } to
                ? execution.Call(0, transaction.From, to, transaction.Value, transaction.Data)
                : Create(execution, transaction, out created);
            ulong used = Math.Max(transaction.GasLimit - execution.GasLeft, Gas.Floor(transaction));
            return new Outcome(execution.State, succeeded, used, output, succeeded ? created : null, execution.Logs, execution.Moves);
        }
        catch (OutOfGasException)
        {
            return new Outcome(state, Succeeded: false, transaction.GasLimit, default, null, [], []);
        }
    }

    /// <summary>The address of a contract that an account creates.</summary>
    public static Address AddressOf(Address creator, ulong nonce)
    {
        var writer = new RlpWriter();
        writer.BeginList();
        writer.WriteBytes(creator.ToArray());
        writer.WriteInteger(nonce);
        writer.EndList();
        return Address.FromBytes(Keccak256.Hash(writer.ToArray()).ToArray().AsSpan(Hash32.Size - Address.Size));
    }

    private static (bool Succeeded, ReadOnlyMemory<byte> Output) Create(
        Execution execution, SimulatedTransaction transaction, out Address? created)
    {
        Address address = AddressOf(transaction.From, transaction.Nonce);
        created = address;
        (bool succeeded, ReadOnlyMemory<byte> output) = execution.Call(0, transaction.From, address, transaction.Value, default);
        if (succeeded)
            execution.State = execution.State.With(address, execution.State[address] with { Nonce = 1, Code = Stop });
        return (succeeded, output);
    }

    /// <summary>What a call did.</summary>
    internal sealed record Outcome(
        WorldState State,
        bool Succeeded,
        ulong GasUsed,
        ReadOnlyMemory<byte> Output,
        Address? Created,
        IReadOnlyList<SimulatedLog> Logs,
        IReadOnlyList<(Address? Token, Address From, Address To, UInt256 Amount)> Moves)
    {
        /// <summary>True when it failed without revert data because the gas was used up.</summary>
        public bool RanOut(ulong limit) => !Succeeded && GasUsed == limit && Output.IsEmpty;
    }
}
