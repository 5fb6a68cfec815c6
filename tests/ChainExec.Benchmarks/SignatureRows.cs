using ChainExec.Benchmarks.Running;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Benchmarks;

/// <summary>Signing and recovery against a C program's calls of the same library, which loop in C.</summary>
public abstract unsafe class SignatureRow(string name) : SpeedRow
{
    private const string Source = "secp256k1.c";
    private const string Library = "-l:libsecp256k1.so.1";

    public override string Name => name;

    public override string BaselineName => "libsecp256k1 from C";

    public override SpeedLimit Limit { get; } = new(TimesSlowerMax: 1.2, BytesMax: 0);

    protected byte[] KeyBytes { get; } = [.. Enumerable.Range(1, PrivateKey.Size).Select(i => (byte)i)];

    protected byte[] Message { get; } = [.. Enumerable.Range(100, Hash32.Size).Select(i => (byte)i)];

    protected byte[] Compact { get; } = new byte[64];

    protected static nint Function(string name) => NativeCode.Function(name, Source, Library);

    public override void Prepare()
    {
        var start = (delegate* unmanaged<byte*, int>)Function("bench_secp_start");
        fixed (byte* seed = Message)
        {
            if (start(seed) != 1)
                throw new InvalidOperationException("libsecp256k1 does not start.");
        }
    }
}

public sealed unsafe class SignRow() : SignatureRow("Secp256k1 sign")
{
    private PrivateKey? _key;
    private delegate* unmanaged<byte*, byte*, byte*, int*, int, int> _sign;

    public override void Prepare()
    {
        base.Prepare();
        _key = PrivateKey.FromBytes(KeyBytes);
        _sign = (delegate* unmanaged<byte*, byte*, byte*, int*, int, int>)Function("bench_secp_sign");
        Signature ours = _key.Sign(Hash32.FromBytes(Message));
        Baseline(1);
        if (ours.R != UInt256.ReadBigEndian(Compact.AsSpan(0, 32)) || ours.S != UInt256.ReadBigEndian(Compact.AsSpan(32)))
            throw new InvalidOperationException("The two sides sign differently.");
    }

    public override void Measure(int operations)
    {
        UInt256 digest = UInt256.ReadBigEndian(Message);
        Span<byte> message = stackalloc byte[Hash32.Size];
        for (int i = 0; i < operations; i++)
        {
            digest.WriteBigEndian(message);
            digest = _key!.Sign(Hash32.FromBytes(message)).R;
        }

        Keep(digest.BitLength);
    }

    public override void Baseline(int operations)
    {
        int recoveryId;
        fixed (byte* message = Message, key = KeyBytes, compact = Compact)
            Keep(_sign(message, key, compact, &recoveryId, operations));
    }
}

public sealed unsafe class RecoverRow() : SignatureRow("Secp256k1 recover address")
{
    private readonly byte[] _publicKey = new byte[65];
    private Signature _signature;
    private delegate* unmanaged<byte*, byte*, int, byte*, int, int> _recover;

    public override void Prepare()
    {
        base.Prepare();
        using PrivateKey key = PrivateKey.FromBytes(KeyBytes);
        _signature = key.Sign(Hash32.FromBytes(Message));
        _signature.R.WriteBigEndian(Compact);
        _signature.S.WriteBigEndian(Compact.AsSpan(32));
        _recover = (delegate* unmanaged<byte*, byte*, int, byte*, int, int>)Function("bench_secp_recover");
        Baseline(1);
        if (!Keccak256.Hash(_publicKey.AsSpan(1)).ToArray().AsSpan(12).SequenceEqual(key.Address.ToArray()))
            throw new InvalidOperationException("The two sides recover differently.");
    }

    public override void Measure(int operations)
    {
        Hash32 digest = Hash32.FromBytes(Message);
        for (int i = 0; i < operations; i++)
            Keep(Ecdsa.Recover(digest, _signature).GetHashCode());
    }

    public override void Baseline(int operations)
    {
        fixed (byte* message = Message, compact = Compact, publicKey = _publicKey)
            Keep(_recover(message, compact, _signature.YParity ? 1 : 0, publicKey, operations));
    }
}
