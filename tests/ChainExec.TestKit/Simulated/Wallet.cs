using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.TestKit.Simulated;

/// <summary>A key outside of the service: it signs what it is told, with any nonce and any fee.</summary>
public sealed class Wallet : IDisposable
{
    private const ulong GasLimitDefault = 200_000;
    private static readonly AbiFunction Transfer = AbiFunction.Parse("function transfer(address to, uint256 amount)");

    private readonly SimulatedChain _chain;
    private readonly PrivateKey _key;

    internal Wallet(SimulatedChain chain, PrivateKey key)
    {
        _chain = chain;
        _key = key;
    }

    /// <summary>The account.</summary>
    public Address Address => _key.Address;

    /// <summary>Signs a transaction; what the draft leaves open follows from the chain.</summary>
    public SimulatedTransaction Sign(TransactionDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        UInt256 tip = draft.MaxPriorityFeePerGas ?? _chain.Options.SuggestedTip;
        var unsigned = new Eip1559Transaction(
            _chain.Options.ChainId,
            draft.Nonce ?? _chain.NextNonce(Address),
            tip,
            draft.MaxFeePerGas ?? _chain.NextBaseFee() * 2 + tip,
            draft.GasLimit ?? GasLimitDefault,
            draft.To,
            draft.Value,
            draft.Data,
            []);
        return Sign(unsigned);
    }

    /// <summary>Signs a transaction of any type, as it is.</summary>
    public SimulatedTransaction Sign(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return SimulatedTransaction.FromRaw(transaction.Encode(_key.Sign(transaction.SigningHash())));
    }

    /// <summary>Signs an authorization (EIP-7702) for somebody to carry; the nonce is the account's next one unless given.</summary>
    public SignedAuthorization Authorize(Address target, ulong? nonce = null) =>
        new Authorization(_chain.Options.ChainId, target, nonce ?? _chain.NextNonce(Address)).Sign(_key);

    /// <summary>Signs a transfer of native coin.</summary>
    public SimulatedTransaction Pay(Address to, UInt256 wei) => Sign(new TransactionDraft { To = to, Value = wei });

    /// <summary>Signs a transfer of a token.</summary>
    public SimulatedTransaction PayToken(Address token, Address to, UInt256 amount) =>
        Sign(new TransactionDraft { To = token, Data = Transfer.EncodeCall(to, amount) });

    /// <summary>Signs the same once more with both fees higher, as a wallet's own "speed up" does.</summary>
    public SimulatedTransaction SpeedUp(SimulatedTransaction transaction, uint percent = 15)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return Sign(new TransactionDraft
        {
            To = transaction.To,
            Value = transaction.Value,
            Data = transaction.Data,
            Nonce = transaction.Nonce,
            GasLimit = transaction.GasLimit,
            MaxFeePerGas = transaction.MaxFeePerGas * (100 + percent) / 100 + UInt256.One,
            MaxPriorityFeePerGas = transaction.MaxPriorityFeePerGas * (100 + percent) / 100 + UInt256.One,
        });
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => _key.Dispose();
}
