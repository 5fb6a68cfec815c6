using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests;

/// <summary>Numbers whose words lie at the edges often, so that carries, borrows and the corrections of the division are reached.</summary>
internal static class Edges
{
    public static Gen<ulong> Word => Gen.OneOf(
        Gen.Elements(
            0UL, 1UL, 2UL, ulong.MaxValue, ulong.MaxValue - 1, 1UL << 63, (1UL << 63) - 1, 0xFFFFFFFFUL, 0xFFFFFFFF00000000UL,
            0x8000000000000001UL, 0x80000000UL),
        Gen.Choose(int.MinValue, int.MaxValue).Two().Select(pair => ((ulong)(uint)pair.Item1 << 32) | (uint)pair.Item2));

    // Shifted down by a random number of bits too, so that every length of operand meets every other.
    public static Arbitrary<UInt256> Unsigned => (
        from w3 in Word
        from w2 in Word
        from w1 in Word
        from w0 in Word
        from shift in Gen.OneOf(Gen.Constant(0), Gen.Elements(64, 128, 192), Gen.Choose(0, 255))
        select new UInt256(w3, w2, w1, w0) >> shift).ToArbitrary();

    public static Arbitrary<Int256> Signed => (
        from value in Unsigned.Generator
        from negative in Gen.Elements(false, true)
        select Int256.FromTwosComplement(negative && !value.IsZero ? UInt256.MaxValue - value + UInt256.One : value)).ToArbitrary();
}
