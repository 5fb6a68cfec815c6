using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.TestKit.Simulated;

/// <summary>An ERC-20 token on a simulated chain, as its issuer sees it. What is changed here changes at once, without a transaction, and
/// stays changed through reorganisations.</summary>
public sealed class SimulatedToken
{
    private static readonly AbiFunction Transfer = AbiFunction.Parse("function transfer(address to, uint256 amount)");
    private readonly SimulatedChain _chain;

    internal SimulatedToken(SimulatedChain chain, Address address, string symbol, int decimals)
    {
        _chain = chain;
        Address = address;
        Symbol = symbol;
        Decimals = decimals;
    }

    /// <summary>The contract.</summary>
    public Address Address { get; }

    /// <summary>Its symbol.</summary>
    public string Symbol { get; }

    /// <summary>Its decimals.</summary>
    public int Decimals { get; }

    /// <summary>What it does when it is asked to move.</summary>
    public TokenBehaviour Behaviour
    {
        get => (TokenBehaviour)(ulong)this[TokenContract.Behaviour];
        set => this[TokenContract.Behaviour] = (ulong)value;
    }

    /// <summary>What it keeps while <see cref="Behaviour"/> is <see cref="TokenBehaviour.TakesFee"/>, in hundredths of a percent.</summary>
    public uint FeeBasisPoints
    {
        get => (uint)(ulong)this[TokenContract.FeeBasisPoints];
        set => this[TokenContract.FeeBasisPoints] = value;
    }

    /// <summary>True: every movement reverts with <c>Error("Pausable: paused")</c>.</summary>
    public bool Paused
    {
        get => !this[TokenContract.Paused].IsZero;
        set => this[TokenContract.Paused] = value ? UInt256.One : UInt256.Zero;
    }

    private UInt256 this[int field, Address first = default]
    {
        get => _chain.Read(state => state[new StorageCell(Address, field, first, default)]);
        set => _chain.Edit(state => state.With(new StorageCell(Address, field, first, default), value));
    }

    /// <summary>Movements from and to an account revert with <c>AccountBlocked(address)</c>, or no longer do.</summary>
    public void SetBlocked(Address account, bool blocked) => this[TokenContract.Blocked, account] = blocked ? UInt256.One : UInt256.Zero;

    /// <summary>Gives an account tokens from nowhere, without a transaction and without a log.</summary>
    public void Mint(Address account, UInt256 amount)
    {
        var balance = new StorageCell(Address, TokenContract.Balances, account, default);
        var supply = new StorageCell(Address, TokenContract.Supply, default, default);
        _chain.Edit(state => state.With(balance, state[balance] + amount).With(supply, state[supply] + amount));
    }

    /// <summary>What an account has on the chain as it is now.</summary>
    public UInt256 BalanceOf(Address account) => this[TokenContract.Balances, account];

    /// <summary>The call data of a transfer.</summary>
    public static byte[] TransferData(Address to, UInt256 amount) => Transfer.EncodeCall(to, amount);
}
