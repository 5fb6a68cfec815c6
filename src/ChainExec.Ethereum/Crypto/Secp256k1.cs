using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ChainExec.Ethereum.Crypto;

/// <summary>The calls of bitcoin-core's libsecp256k1 (version 0.2 or later, with its recovery module) that we use.</summary>
internal static partial class Secp256k1
{
    internal const int PublicKeySize = 65;
    private const string Library = "libsecp256k1.so.1";
    private const int OpaqueSize = 64;
    private const int RecoverableSize = 65;

    // SECP256K1_CONTEXT_NONE; the older sign and verify flags mean the same since 0.2.
    private const uint ContextFlags = 1;
    private const uint UncompressedFlags = 2;

    // One context for the life of the process. It is randomised once, as blinding against side channels, and only read afterwards,
    // which the library allows from several threads at once.
    private static readonly Lazy<nint> Context = new(CreateContext);

    internal static bool IsValidKey(ReadOnlySpan<byte> secretKey) => VerifySecretKey(Context.Value, secretKey) == 1;

    /// <summary>Writes the 65 bytes of the uncompressed public key; false when the key is 0 or not below the order.</summary>
    internal static bool TryGetPublicKey(ReadOnlySpan<byte> secretKey, Span<byte> publicKey)
    {
        Span<byte> point = stackalloc byte[OpaqueSize];
        return CreatePublicKey(Context.Value, point, secretKey) == 1 && TrySerialize(point, publicKey);
    }

    /// <summary>Signs with the deterministic nonce of RFC 6979; s is low. Writes r and s and answers the recovery id.</summary>
    internal static int Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> secretKey, Span<byte> compact)
    {
        Span<byte> recoverable = stackalloc byte[RecoverableSize];
        if (SignRecoverable(Context.Value, recoverable, message, secretKey, 0, 0) != 1
            || SerializeRecoverable(Context.Value, compact, out int recoveryId, recoverable) != 1)
        {
            throw new CryptographicException("libsecp256k1 refused to sign.");
        }

        return recoveryId;
    }

    internal static bool TryRecover(ReadOnlySpan<byte> message, ReadOnlySpan<byte> compact, int recoveryId, Span<byte> publicKey)
    {
        Span<byte> recoverable = stackalloc byte[RecoverableSize];
        Span<byte> point = stackalloc byte[OpaqueSize];
        return ParseRecoverable(Context.Value, recoverable, compact, recoveryId) == 1
            && Recover(Context.Value, point, recoverable, message) == 1
            && TrySerialize(point, publicKey);
    }

    /// <summary>Adds <paramref name="tweak"/> to the key modulo the order; false, and the key is lost, when the tweak is not below the
    /// order or the sum is 0.</summary>
    internal static bool TryAddTweak(Span<byte> secretKey, ReadOnlySpan<byte> tweak) => AddTweak(Context.Value, secretKey, tweak) == 1;

    private static bool TrySerialize(ReadOnlySpan<byte> point, Span<byte> publicKey)
    {
        nuint length = PublicKeySize;
        return SerializePublicKey(Context.Value, publicKey, ref length, point, UncompressedFlags) == 1 && length == PublicKeySize;
    }

    private static nint CreateContext()
    {
        Span<byte> seed = stackalloc byte[32];
        RandomNumberGenerator.Fill(seed);
        try
        {
            nint context = ContextCreate(ContextFlags);
            return context != 0 && ContextRandomize(context, seed) == 1
                ? context
                : throw new CryptographicException("libsecp256k1 could not create a context.");
        }
        catch (DllNotFoundException error)
        {
            throw new DllNotFoundException($"{Library} is missing. Install it, on Debian with: apt-get install libsecp256k1-1", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    [LibraryImport(Library, EntryPoint = "secp256k1_context_create")]
    private static partial nint ContextCreate(uint flags);

    [LibraryImport(Library, EntryPoint = "secp256k1_context_randomize")]
    private static partial int ContextRandomize(nint context, ReadOnlySpan<byte> seed);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_seckey_verify")]
    private static partial int VerifySecretKey(nint context, ReadOnlySpan<byte> secretKey);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_seckey_tweak_add")]
    private static partial int AddTweak(nint context, Span<byte> secretKey, ReadOnlySpan<byte> tweak);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_create")]
    private static partial int CreatePublicKey(nint context, Span<byte> point, ReadOnlySpan<byte> secretKey);

    [LibraryImport(Library, EntryPoint = "secp256k1_ec_pubkey_serialize")]
    private static partial int SerializePublicKey(nint context, Span<byte> output, ref nuint length, ReadOnlySpan<byte> point, uint flags);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_sign_recoverable")]
    private static partial int SignRecoverable(
        nint context, Span<byte> signature, ReadOnlySpan<byte> message, ReadOnlySpan<byte> secretKey, nint nonceFunction, nint nonceData);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recoverable_signature_serialize_compact")]
    private static partial int SerializeRecoverable(nint context, Span<byte> compact, out int recoveryId, ReadOnlySpan<byte> signature);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recoverable_signature_parse_compact")]
    private static partial int ParseRecoverable(nint context, Span<byte> signature, ReadOnlySpan<byte> compact, int recoveryId);

    [LibraryImport(Library, EntryPoint = "secp256k1_ecdsa_recover")]
    private static partial int Recover(nint context, Span<byte> point, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> message);
}
