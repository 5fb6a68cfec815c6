using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>An account after a block.</summary>
/// <param name="Balance">Its native coin, in wei.</param>
/// <param name="Nonce">Its next nonce.</param>
/// <param name="Code">Its code; a delegation (EIP-7702) is code of 23 bytes.</param>
public readonly record struct AccountState(UInt256 Balance, ulong Nonce, ReadOnlyMemory<byte> Code)
{
    private static readonly byte[] DelegationPrefix = [0xef, 0x01, 0x00];

    /// <summary>Whom the account has delegated to (EIP-7702); nothing when it has not.</summary>
    public Address? DelegatedTo => Code.Length == DelegationPrefix.Length + Address.Size && Code.Span.StartsWith(DelegationPrefix)
        ? Address.FromBytes(Code.Span[DelegationPrefix.Length..])
        : null;

    /// <summary>The code of an account that delegates.</summary>
    internal static byte[] DelegationTo(Address target) => [.. DelegationPrefix, .. target.ToArray()];
}
