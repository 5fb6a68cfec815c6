using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.TestKit.Simulated;

/// <summary>One call of a simulated contract: who calls with what, the contract's storage, and what it can do. Costs are those of the EVM,
/// roughly.</summary>
public sealed class ContractCall
{
    private const ulong ReadGas = 2_100;
    private const ulong FirstWriteGas = 20_000;
    private const ulong WriteGas = 2_900;
    private const ulong LogGas = 375;
    private const ulong LogByteGas = 8;
    private static readonly AbiFunction ErrorString = AbiFunction.Parse("function Error(string reason)");

    private readonly Execution _execution;
    private readonly int _depth;

    internal ContractCall(Execution execution, int depth, Address self, Address sender, UInt256 value, ReadOnlyMemory<byte> data)
    {
        _execution = execution;
        _depth = depth;
        Self = self;
        Sender = sender;
        Value = value;
        Data = data;
    }

    /// <summary>The account whose storage and balance are used: the contract, or the account that delegates to it (EIP-7702).</summary>
    public Address Self { get; }

    /// <summary>Who calls: an account or another contract.</summary>
    public Address Sender { get; }

    /// <summary>Wei sent along; already moved.</summary>
    public UInt256 Value { get; }

    /// <summary>The call data.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>The block that it runs in.</summary>
    public BlockEnvironment Block => _execution.Block;

    /// <summary>A word of storage: a field, and up to two keys when the field is a mapping.</summary>
    public UInt256 this[int field, Address first = default, Address second = default]
    {
        get
        {
            UseGas(ReadGas);
            return _execution.State[new StorageCell(Self, field, first, second)];
        }

        set
        {
            var cell = new StorageCell(Self, field, first, second);
            UseGas(_execution.State[cell].IsZero && !value.IsZero ? FirstWriteGas : WriteGas);
            _execution.State = _execution.State.With(cell, value);
        }
    }

    /// <summary>The native coin of an account, in wei.</summary>
    public UInt256 BalanceOf(Address account) => _execution.State[account].Balance;

    /// <summary>Uses gas beyond what storage, logs and calls use by themselves.</summary>
    public void UseGas(ulong gas) => _execution.UseGas(gas);

    /// <summary>Emits a log.</summary>
    public void Emit(IReadOnlyList<Hash32> topics, ReadOnlyMemory<byte> data)
    {
        UseGas(LogGas * (1 + (ulong)topics.Count) + LogByteGas * (ulong)data.Length);
        _execution.Logs.Add(new SimulatedLog(Self, topics, data));
    }

    /// <summary>Tells the chain's ledger that balances of this contract's token changed; see <see cref="SimulatedTransfer"/>.</summary>
    public void Moved(Address from, Address to, UInt256 amount) => _execution.Moves.Add((Self, from, to, amount));

    /// <summary>Calls another account, with wei or without.</summary>
    /// <returns>Whether it succeeded, and what it returned or the revert data.</returns>
    public (bool Succeeded, ReadOnlyMemory<byte> Output) Call(Address to, UInt256 value, ReadOnlyMemory<byte> data) =>
        _execution.Call(_depth + 1, Self, to, value, data);

    /// <summary>Refuses with <c>Error(string)</c>.</summary>
    public static ContractRevertException Revert(string reason) => new(ErrorString.EncodeCall(reason));

    /// <summary>Refuses with a custom error such as <c>error AccountBlocked(address account)</c>.</summary>
    public static ContractRevertException Revert(AbiError error, params object[] arguments) =>
        new(AbiFunction.Parse($"function {error.Signature}").EncodeCall(arguments));
}
