using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.TestKit.Simulated;

/// <summary>An authorization (EIP-7702) that a transaction carries.</summary>
/// <param name="Authority">The account that signed it.</param>
/// <param name="Target">Whom it delegates to; nothing ends the delegation.</param>
/// <param name="ChainId">The chain it is for; zero for every chain.</param>
/// <param name="Nonce">The nonce that the account must have; nothing for whichever it has.</param>
internal sealed record CarriedAuthorization(Address Authority, Address? Target, UInt256 ChainId, ulong? Nonce)
{
    /// <summary>Those of a transaction that somebody signed; the chain skips the others.</summary>
    public static IReadOnlyList<CarriedAuthorization> Of(IReadOnlyList<SignedAuthorization> list)
    {
        var carried = new List<CarriedAuthorization>();
        foreach (SignedAuthorization signed in list)
        {
            if (signed.TryRecoverAuthority(out Address authority))
            {
                Address target = signed.Authorization.Delegate;
                carried.Add(new CarriedAuthorization(
                    authority, target == Address.Zero ? null : target, signed.Authorization.ChainId, signed.Authorization.Nonce));
            }
        }

        return carried;
    }

    /// <summary>Delegates and consumes a nonce, or does nothing when it is for another chain, another nonce, or an account with code.
    /// </summary>
    public WorldState Apply(WorldState state, ulong chainId)
    {
        AccountState account = state[Authority];
        bool isFree = account.Code.IsEmpty || account.DelegatedTo is not null;
        if (!isFree || (!ChainId.IsZero && ChainId != chainId) || (Nonce is { } nonce && nonce != account.Nonce))
            return state;
        ReadOnlyMemory<byte> code = Target is { } target ? AccountState.DelegationTo(target) : default(ReadOnlyMemory<byte>);
        return state.With(Authority, account with { Nonce = account.Nonce + 1, Code = code });
    }
}
