using System.Globalization;
using System.Text;

namespace ChainExec.Ethereum.TypedData;

/// <summary>
/// Digests of signed data (EIP-191). Each begins with the byte 0x19, with which no transaction begins, and a version.
/// </summary>
public static class Eip191
{
    private const byte Lead = 0x19;

    /// <summary>
    /// Version 0x45, <c>personal_sign</c>: the digest of a message behind <c>Ethereum Signed Message:</c> and its length in decimal digits.
    /// </summary>
    public static Hash32 PersonalMessageDigest(ReadOnlySpan<byte> message)
    {
        byte[] prefix = Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{(char)Lead}Ethereum Signed Message:\n{message.Length}"));
        return Keccak256.Hash([.. prefix, .. message]);
    }

    /// <summary>Version 0x00: the digest of data that one contract or account validates.</summary>
    public static Hash32 IntendedValidatorDigest(Address validator, ReadOnlySpan<byte> data) =>
        Keccak256.Hash([Lead, 0x00, .. validator.ToArray(), .. data]);

    /// <summary>Version 0x01, EIP-712: the digest of a struct in a domain.</summary>
    public static Hash32 TypedDataDigest(Hash32 domainSeparator, Hash32 structHash)
    {
        Span<byte> data = stackalloc byte[2 + 2 * Hash32.Size];
        data[0] = Lead;
        data[1] = 0x01;
        domainSeparator.CopyTo(data[2..]);
        structHash.CopyTo(data[(2 + Hash32.Size)..]);
        return Keccak256.Hash(data);
    }

    /// <summary>Version 0x01 of a domain with nothing behind it.</summary>
    internal static Hash32 BareDomainDigest(Hash32 domainSeparator) => Keccak256.Hash([Lead, 0x01, .. domainSeparator.ToArray()]);
}
