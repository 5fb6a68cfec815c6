using System.Runtime.InteropServices;

namespace ChainExec.Ethereum.Crypto;

/// <summary>What verification by a public key needs.</summary>
internal static partial class Secp256k1
{
    /// <summary>Reads the 33 bytes of a compressed public key or the 65 of an uncompressed one and writes 65; false when they are no point
    /// of the curve in one of these forms.</summary>
    internal static bool TryReadPublicKey(ReadOnlySpan<byte> encoded, Span<byte> publicKey)
    {
        Span<byte> point = stackalloc byte[OpaqueSize];
        return ParsePublicKey(Context.Value, point, encoded, (nuint)encoded.Length) == 1 && TrySerialize(point, publicKey);
    }

    /// <summary>True when the signature is of that message and key and its s is low.</summary>
    internal static bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> compact, ReadOnlySpan<byte> publicKey)
    {
        Span<byte> signature = stackalloc byte[OpaqueSize];
        Span<byte> point = stackalloc byte[OpaqueSize];
        return ParseCompact(Context.Value, signature, compact) == 1
            && ParsePublicKey(Context.Value, point, publicKey, (nuint)publicKey.Length) == 1
            && VerifySignature(Context.Value, signature, message, point) == 1;
    }

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_parse")]
    private static partial int ParsePublicKey(nint context, Span<byte> point, ReadOnlySpan<byte> input, nuint length);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_signature_parse_compact")]
    private static partial int ParseCompact(nint context, Span<byte> signature, ReadOnlySpan<byte> compact);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_verify")]
    private static partial int VerifySignature(
        nint context, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> point);
}
