using ChainExec.Benchmarks.Running;
using ChainExec.Ethereum;

namespace ChainExec.Benchmarks;

/// <summary>
/// Keccak-256 against native code called the cheapest way there is: a function pointer without a transition of the garbage collector.
/// </summary>
public abstract unsafe class Keccak256Row(string native, int length) : SpeedRow
{
    private readonly byte[] _input = new byte[length];
    private readonly byte[] _digest = new byte[Hash32.Size];
    private delegate* unmanaged[SuppressGCTransition]<byte*, nuint, byte*, void> _native;

    public override string Name => $"Keccak-256 {length} bytes, {native}";

    public override string BaselineName => native;

    public override SpeedLimit Limit { get; } = new(TimesSlowerMax: 1.3, BytesMax: 0);

    public override void Prepare()
    {
        _native = (delegate* unmanaged[SuppressGCTransition]<byte*, nuint, byte*, void>)LoadNative();
        new Random(20261125).NextBytes(_input);
    }

    public override void Measure(int operations)
    {
        byte[] input = _input;
        byte[] digest = _digest;
        for (int i = 0; i < operations; i++)
        {
            Keccak256.Hash(input, digest);
            input[0] = digest[0];
        }
    }

    public override void Baseline(int operations)
    {
        fixed (byte* input = _input, digest = _digest)
        {
            for (int i = 0; i < operations; i++)
            {
                _native(input, (nuint)_input.Length, digest);
                input[0] = digest[0];
            }
        }
    }

    protected abstract nint LoadNative();
}

public abstract class Keccak256AgainstC(int length) : Keccak256Row("C by gcc -O3", length)
{
    protected sealed override nint LoadNative() => NativeCode.Function("bench_keccak_c", "keccak.c");
}

public sealed class Keccak256Of32AgainstC() : Keccak256AgainstC(32);

public sealed class Keccak256Of136AgainstC() : Keccak256AgainstC(136);

public abstract class Keccak256AgainstGcrypt(int length) : Keccak256Row("libgcrypt SHA3", length)
{
    protected sealed override nint LoadNative() =>
        NativeCode.Function("bench_sha3_gcrypt", "libraries.c", "-DWITH_GCRYPT", "-l:libgcrypt.so.20");
}

public sealed class Keccak256Of32AgainstGcrypt() : Keccak256AgainstGcrypt(32);

public sealed class Keccak256Of136AgainstGcrypt() : Keccak256AgainstGcrypt(136);

public abstract class Keccak256AgainstOpenSsl(int length) : Keccak256Row("OpenSSL SHA3", length)
{
    protected sealed override nint LoadNative() =>
        NativeCode.Function("bench_sha3_openssl", "libraries.c", "-DWITH_OPENSSL", "-l:libcrypto.so.3");
}

public sealed class Keccak256Of32AgainstOpenSsl() : Keccak256AgainstOpenSsl(32);

public sealed class Keccak256Of136AgainstOpenSsl() : Keccak256AgainstOpenSsl(136);

public abstract class Keccak256AgainstNettle(int length) : Keccak256Row("nettle SHA3", length)
{
    protected sealed override nint LoadNative() =>
        NativeCode.Function("bench_sha3_nettle", "libraries.c", "-DWITH_NETTLE", "-l:libnettle.so.8");
}

public sealed class Keccak256Of32AgainstNettle() : Keccak256AgainstNettle(32);

public sealed class Keccak256Of136AgainstNettle() : Keccak256AgainstNettle(136);
