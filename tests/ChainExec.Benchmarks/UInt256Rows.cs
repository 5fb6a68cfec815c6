using System.Numerics;
using ChainExec.Benchmarks.Running;
using ChainExec.Ethereum;

namespace ChainExec.Benchmarks;

/// <summary>Multiplication and division of 256-bit numbers against BigInteger's operators on values that are converted already.</summary>
public abstract class UInt256Row(string operation, int leftBits, int rightBits) : SpeedRow
{
    private const int Count = 256;
    private readonly UInt256[] _left = new UInt256[Count];
    private readonly UInt256[] _right = new UInt256[Count];
    private readonly BigInteger[] _bigLeft = new BigInteger[Count];
    private readonly BigInteger[] _bigRight = new BigInteger[Count];

    public override string Name => $"UInt256 {operation} {leftBits}/{rightBits}";

    public override string BaselineName => "BigInteger";

    public override SpeedLimit Limit { get; } = new(TimesFasterMin: 5, BytesMax: 0);

    public override void Prepare()
    {
        var random = new Random(20261125);
        for (int i = 0; i < Count; i++)
        {
            _left[i] = OfBits(random, leftBits);
            _right[i] = OfBits(random, rightBits);
            _bigLeft[i] = _left[i].ToBigInteger();
            _bigRight[i] = _right[i].ToBigInteger();
        }
    }

    public override void Measure(int operations)
    {
        UInt256[] left = _left;
        UInt256[] right = _right;
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += Ours(left[i & (Count - 1)], right[i & (Count - 1)]).IsZero ? 1 : 0;
        Keep(kept);
    }

    public override void Baseline(int operations)
    {
        BigInteger[] left = _bigLeft;
        BigInteger[] right = _bigRight;
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += Plain(left[i & (Count - 1)], right[i & (Count - 1)]).IsZero ? 1 : 0;
        Keep(kept);
    }

    protected abstract UInt256 Ours(UInt256 left, UInt256 right);

    protected abstract BigInteger Plain(BigInteger left, BigInteger right);

    // The top bit is set, so that every number has its full length.
    private static UInt256 OfBits(Random random, int bits)
    {
        Span<byte> bytes = stackalloc byte[32];
        random.NextBytes(bytes);
        bytes[0] |= 0x80;
        return UInt256.ReadBigEndian(bytes) >> (256 - bits);
    }
}

public abstract class UInt256MultiplyRow(int leftBits, int rightBits) : UInt256Row("multiply", leftBits, rightBits)
{
    protected sealed override UInt256 Ours(UInt256 left, UInt256 right) => left * right;

    protected sealed override BigInteger Plain(BigInteger left, BigInteger right) => left * right;
}

public sealed class UInt256Multiply128By128() : UInt256MultiplyRow(128, 128);

public sealed class UInt256Multiply192By64() : UInt256MultiplyRow(192, 64);

public abstract class UInt256DivideRow(int leftBits, int rightBits) : UInt256Row("divide", leftBits, rightBits)
{
    protected sealed override UInt256 Ours(UInt256 left, UInt256 right) => left / right;

    protected sealed override BigInteger Plain(BigInteger left, BigInteger right) => left / right;
}

public sealed class UInt256Divide256By256() : UInt256DivideRow(256, 256);

public sealed class UInt256Divide256By192() : UInt256DivideRow(256, 192);

public sealed class UInt256Divide256By128() : UInt256DivideRow(256, 128);

public sealed class UInt256Divide256By64() : UInt256DivideRow(256, 64);

public sealed class UInt256Divide128By64() : UInt256DivideRow(128, 64);
