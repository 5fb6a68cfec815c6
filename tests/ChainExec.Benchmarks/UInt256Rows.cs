using System.Numerics;
using ChainExec.Benchmarks.Running;
using ChainExec.Ethereum;

namespace ChainExec.Benchmarks;

/// <summary>Multiplication and division of 256-bit numbers against BigInteger's operators on values that are converted already.</summary>
public abstract class UInt256Row(string operation, int leftBits, int rightBits) : SpeedRow
{
    protected const int Count = 256;

    public override string Name => $"UInt256 {operation} {leftBits}/{rightBits}";

    public override string BaselineName => "BigInteger";

    public override SpeedLimit Limit { get; } = new(TimesFasterMin: 5, BytesMax: 0);

    protected UInt256[] Left { get; } = new UInt256[Count];

    protected UInt256[] Right { get; } = new UInt256[Count];

    protected BigInteger[] BigLeft { get; } = new BigInteger[Count];

    protected BigInteger[] BigRight { get; } = new BigInteger[Count];

    public override void Prepare()
    {
        var random = new Random(20261125);
        for (int i = 0; i < Count; i++)
        {
            Left[i] = OfBits(random, leftBits);
            Right[i] = OfBits(random, rightBits);
            BigLeft[i] = Left[i].ToBigInteger();
            BigRight[i] = Right[i].ToBigInteger();
            if (Ours(Left[i], Right[i]).ToBigInteger() != Plain(BigLeft[i], BigRight[i]))
                throw new InvalidOperationException($"{Name}: the two sides disagree.");
        }
    }

    protected abstract UInt256 Ours(UInt256 left, UInt256 right);

    protected abstract BigInteger Plain(BigInteger left, BigInteger right);

    // Every value of that many bits is as likely; a shorter one by a bit or three is among them, as in life.
    private static UInt256 OfBits(Random random, int bits)
    {
        Span<byte> bytes = stackalloc byte[32];
        random.NextBytes(bytes);
        return UInt256.ReadBigEndian(bytes) >> (256 - bits);
    }
}

public abstract class UInt256MultiplyRow(int leftBits, int rightBits) : UInt256Row("multiply", leftBits, rightBits)
{
    public sealed override void Measure(int operations)
    {
        UInt256[] left = Left;
        UInt256[] right = Right;
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += (left[i & (Count - 1)] * right[i & (Count - 1)]).IsZero ? 1 : 0;
        Keep(kept);
    }

    public sealed override void Baseline(int operations)
    {
        BigInteger[] left = BigLeft;
        BigInteger[] right = BigRight;
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += (left[i & (Count - 1)] * right[i & (Count - 1)]).IsZero ? 1 : 0;
        Keep(kept);
    }

    protected sealed override UInt256 Ours(UInt256 left, UInt256 right) => left * right;

    protected sealed override BigInteger Plain(BigInteger left, BigInteger right) => left * right;
}

public sealed class UInt256Multiply64By64() : UInt256MultiplyRow(64, 64);

public sealed class UInt256Multiply128By128() : UInt256MultiplyRow(128, 128);

public sealed class UInt256Multiply160By96() : UInt256MultiplyRow(160, 96);

public sealed class UInt256Multiply192By64() : UInt256MultiplyRow(192, 64);

public abstract class UInt256DivideRow(int leftBits, int rightBits) : UInt256Row("divide", leftBits, rightBits)
{
    public sealed override void Measure(int operations)
    {
        UInt256[] left = Left;
        UInt256[] right = Right;
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += (left[i & (Count - 1)] / right[i & (Count - 1)]).IsZero ? 1 : 0;
        Keep(kept);
    }

    public sealed override void Baseline(int operations)
    {
        BigInteger[] left = BigLeft;
        BigInteger[] right = BigRight;
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += (left[i & (Count - 1)] / right[i & (Count - 1)]).IsZero ? 1 : 0;
        Keep(kept);
    }

    protected sealed override UInt256 Ours(UInt256 left, UInt256 right) => left / right;

    protected sealed override BigInteger Plain(BigInteger left, BigInteger right) => left / right;
}

public sealed class UInt256Divide256By256() : UInt256DivideRow(256, 256);

public sealed class UInt256Divide256By192() : UInt256DivideRow(256, 192);

public sealed class UInt256Divide256By128() : UInt256DivideRow(256, 128);

public sealed class UInt256Divide256By64() : UInt256DivideRow(256, 64);

public sealed class UInt256Divide128By64() : UInt256DivideRow(128, 64);
