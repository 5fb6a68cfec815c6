using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Ethereum.Transactions;

/// <summary>
/// An authorization of EIP-7702 as a transaction carries it. The transaction is valid whatever its signature is, so any parity of eight
/// bits and any r and s are held; <see cref="TryRecoverAuthority"/> says whether somebody signed.
/// </summary>
/// <param name="Authorization">What is signed.</param>
/// <param name="YParity">0 or 1 when the signature is valid.</param>
/// <param name="R">The signature's r.</param>
/// <param name="S">The signature's s; in the lower half of the curve's order when the signature is valid.</param>
public sealed record SignedAuthorization(Authorization Authorization, byte YParity, UInt256 R, UInt256 S)
{
    /// <summary>
    /// Recovers the account that signed; false when nobody can have signed or the nonce is 2^64-1. The chain skips those, and also what
    /// names another chain or another nonce than the account has.
    /// </summary>
    public bool TryRecoverAuthority(out Address authority)
    {
        authority = default;
        if (YParity > 1 || Authorization.Nonce == ulong.MaxValue)
        {
            return false;
        }

        try
        {
            authority = Ecdsa.Recover(Authorization.SigningHash(), new Signature(R, S, YParity == 1));
            return true;
        }
        catch (SignatureException)
        {
            return false;
        }
    }

    internal static void WriteList(RlpWriter writer, IReadOnlyList<SignedAuthorization> authorizations)
    {
        writer.BeginList();
        foreach (SignedAuthorization signed in authorizations)
        {
            writer.BeginList();
            signed.Authorization.WriteFields(writer);
            writer.WriteInteger(signed.YParity);
            writer.WriteInteger(signed.R);
            writer.WriteInteger(signed.S);
            writer.EndList();
        }

        writer.EndList();
    }

    internal static IReadOnlyList<SignedAuthorization> ReadList(RlpReader entries)
    {
        var authorizations = new List<SignedAuthorization>();
        while (!entries.AtEnd)
        {
            RlpReader fields = entries.ReadList();
            UInt256 chainId = fields.ReadInteger();
            Address code = Address.FromBytes(fields.ReadBytes(Address.Size));
            var authorization = new Authorization(chainId, code, fields.ReadUInt64());
            ulong parity = fields.ReadUInt64();
            if (parity > byte.MaxValue)
            {
                throw new TransactionException("The parity of an authorization has more than 8 bits.");
            }

            UInt256 r = fields.ReadInteger();
            authorizations.Add(new SignedAuthorization(authorization, (byte)parity, r, fields.ReadInteger()));
            fields.ExpectEnd();
        }

        return authorizations;
    }
}
