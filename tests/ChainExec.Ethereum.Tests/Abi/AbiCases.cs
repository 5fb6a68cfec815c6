using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

/// <summary>Random types and values of them, the same ones again for the same seed. Limits and odd lengths are more frequent than by chance.</summary>
internal sealed class AbiCases
{
    private static readonly string[] Single =
    [
        "uint256", "uint8", "uint64", "uint48", "int256", "int8", "int56", "address", "bool", "bytes1", "bytes4", "bytes31", "bytes32", "bytes",
        "string",
    ];

    private static readonly string[] Texts =
    [
        "", "a", "thirty-one bytes of text, ASCII", "exactly thirty-two bytes of text", "one more than thirty-two is here!", "\0", "ü€🪙",
        "\"\\\u2028<&>'", new('x', 100),
    ];

    private readonly Random _random;

    private AbiCases(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
    }

    public int Seed { get; }

    /// <summary>A new seed, which the test prints; <c>CHAINEXEC_TEST_SEED</c> gives one again.</summary>
    public static AbiCases Start()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CHAINEXEC_TEST_SEED"), out int given)
            ? given
            : RandomNumberGenerator.GetInt32(int.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine($"CHAINEXEC_TEST_SEED={seed}");
        return new AbiCases(seed);
    }

    /// <summary>How many cases a test runs: <paramref name="quick"/>, or <paramref name="full"/> with CHAINEXEC_TEST_FULL=1.</summary>
    public static int Count(int quick, int full) => Environment.GetEnvironmentVariable("CHAINEXEC_TEST_FULL") == "1" ? full : quick;

    public int Next(int end) => _random.Next(end);

    /// <summary>1 to 4 types nested at most that deep.</summary>
    public AbiType[] Types(int depth) => Many(1 + Next(4), () => Type(depth));

    /// <summary>A type as compilers give them; names of components are all there or all absent.</summary>
    public AbiType Type(int depth) => AbiType.Parse(TypeText(depth, isOdd: false));

    /// <summary>Any type of the specification, also those that compilers do not give: fixed point, functions, empty arrays and tuples.</summary>
    public AbiType OddType(int depth) => AbiType.Parse(TypeText(depth, isOdd: true));

    /// <summary>An elementary type, or an array of a static one.</summary>
    public AbiType PackableType()
    {
        AbiType type = Type(0);
        return type.IsDynamic ? type : AbiType.Parse(type.Canonical + Pick("", "", "[]", "[3]"));
    }

    public object[] Values(IEnumerable<AbiType> types) => [.. types.Select(Value)];

    public object Value(AbiType type) => type.Kind switch
    {
        AbiKind.UnsignedInteger or AbiKind.UnsignedFixed => UInt256.ReadBigEndian(NumberBytes(type.Bits / 8)),
        AbiKind.SignedInteger or AbiKind.SignedFixed => new BigInteger(NumberBytes(type.Bits / 8), isBigEndian: true),
        AbiKind.Address => Address.FromBytes(Bytes(Address.Size)),
        AbiKind.Bool => Next(2) == 1,
        AbiKind.FixedBytes or AbiKind.Function => Bytes(type.ByteCount),
        AbiKind.Bytes => Bytes(Pick(0, 1, 31, 32, 33, Next(100))),
        AbiKind.Text => Pick(Texts),
        AbiKind.Array => Many(type.FixedLength ?? Pick(0, 1, 2, 3, Next(8)), () => Value(type.Element!)),
        AbiKind.Tuple => Values(type.Components.Select(component => component.Type)),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>The data with some bytes changed, cut off or added; often at the places where offsets and lengths stand.</summary>
    public byte[] Mutated(byte[] data)
    {
        byte[] mutated = Next(8) == 0 ? data[..Next(data.Length + 1)] : Next(8) == 0 ? [.. data, .. Bytes(Next(64))] : [.. data];
        for (int i = Next(4); i >= 0 && mutated.Length > 0; i--)
        {
            int at = Next(3) == 0 ? Next(mutated.Length) : Math.Min(mutated.Length - 1, Next(mutated.Length) / 32 * 32 + Pick(28, 29, 30, 31));
            mutated[at] = (byte)Pick(0, 1, 0x20, 0x40, 0x80, 0xFF, Next(256));
        }

        return mutated;
    }

    public T Pick<T>(params T[] items) => items[Next(items.Length)];

    private static T[] Many<T>(int count, Func<T> make) => [.. Enumerable.Range(0, count).Select(_ => make())];

    private byte[] NumberBytes(int count) => Next(4) switch
    {
        0 => [.. new byte[count - 1], (byte)Next(3)],
        1 => [Pick((byte)0x80, (byte)0x7F, (byte)0xFF), .. Enumerable.Repeat(Pick((byte)0, (byte)0xFF), count - 1)],
        _ => Bytes(count),
    };

    private string TypeText(int depth, bool isOdd)
    {
        int shape = depth == 0 ? 0 : Next(6);
        return shape switch
        {
            0 or 1 => isOdd && Next(3) == 0 ? Pick("function", "fixed128x18", "ufixed8x1", "fixed", "uint[0]", "string[0]", "()") : Pick(Single),
            2 => TypeText(depth - 1, isOdd) + "[]",
            3 => $"{TypeText(depth - 1, isOdd)}[{(isOdd ? Next(4) : 1 + Next(3))}]",
            _ => TupleText(depth - 1, isOdd),
        };
    }

    private string TupleText(int depth, bool isOdd)
    {
        bool isNamed = Next(2) == 0;
        string[] components = Many(1 + Next(3), () => TypeText(depth, isOdd));
        return new StringBuilder("(")
            .AppendJoin(", ", components.Select((component, i) => isNamed ? $"{component} member{i}" : component))
            .Append(')')
            .ToString();
    }
}
