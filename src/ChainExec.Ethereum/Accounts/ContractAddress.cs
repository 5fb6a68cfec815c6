using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Accounts;

/// <summary>The addresses of contracts before they exist.</summary>
public static class ContractAddress
{
    private const byte Create2Lead = 0xFF;

    /// <summary>The contract that <c>CREATE</c>, or a transaction without recipient, makes (Yellow Paper, section 7).</summary>
    /// <param name="creator">The account that creates.</param>
    /// <param name="nonce">Its nonce before; for a transaction, the transaction's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The nonce is 2^64-1, with which nothing can be created (EIP-2681).</exception>
    public static Address Create(Address creator, ulong nonce)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(nonce, ulong.MaxValue);
        var writer = new RlpWriter(32);
        writer.BeginList();
        writer.WriteBytes(creator.ToArray());
        writer.WriteInteger(nonce);
        writer.EndList();
        return LastBytes(Keccak256.Hash(writer.ToArray()));
    }

    /// <summary>The contract that <c>CREATE2</c> makes (EIP-1014).</summary>
    /// <param name="creator">The contract that creates.</param>
    /// <param name="salt">The salt it gives.</param>
    /// <param name="initCodeHash">Keccak-256 of the creation code with its constructor arguments.</param>
    public static Address Create2(Address creator, Hash32 salt, Hash32 initCodeHash)
    {
        Span<byte> data = stackalloc byte[1 + Address.Size + 2 * Hash32.Size];
        data[0] = Create2Lead;
        creator.CopyTo(data[1..]);
        salt.CopyTo(data[(1 + Address.Size)..]);
        initCodeHash.CopyTo(data[(1 + Address.Size + Hash32.Size)..]);
        return LastBytes(Keccak256.Hash(data));
    }

    /// <summary>The contract that <c>CREATE2</c> makes of this creation code with its constructor arguments (EIP-1014).</summary>
    public static Address Create2(Address creator, Hash32 salt, ReadOnlySpan<byte> initCode) =>
        Create2(creator, salt, Keccak256.Hash(initCode));

    private static Address LastBytes(Hash32 hash) => Address.FromBytes(hash.ToArray().AsSpan(Hash32.Size - Address.Size));
}
