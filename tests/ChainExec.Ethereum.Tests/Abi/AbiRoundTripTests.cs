using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

/// <summary>Random types, values and declarations there and back.</summary>
public sealed class AbiRoundTripTests
{
    [Fact]
    public void Values_come_back_and_encode_to_the_same_bytes_in_both_modes() => Run(2_000, cases =>
    {
        AbiType[] types = [.. cases.Types(3), cases.OddType(4)];
        object[] values = cases.Values(types);
        byte[] data = AbiEncoder.Encode(types, values);
        object[] decoded = AbiDecoder.Decode(types, data);
        AssertSame(values, decoded);
        Assert.Equal(data, AbiEncoder.Encode(types, decoded));
        AssertSame(values, AbiDecoder.Decode(types, data, AbiStrictness.Lenient));
    });

    [Fact]
    public void What_is_read_from_mutated_bytes_is_a_value_of_its_type() => Run(4_000, cases =>
    {
        AbiType[] types = [cases.OddType(3), cases.Type(1)];
        byte[] data = cases.Mutated(AbiEncoder.Encode(types, cases.Values(types)));
        AbiStrictness strictness = cases.Pick(AbiStrictness.Strict, AbiStrictness.Lenient);
        object[] decoded;
        try
        {
            decoded = AbiDecoder.Decode(types, data, strictness);
        }
        catch (AbiException)
        {
            return;
        }

        AssertSame(decoded, AbiDecoder.Decode(types, AbiEncoder.Encode(types, decoded)));
    });

    // Strictly read bytes differ from the canonical ones only by gaps, so they are never shorter.
    [Fact]
    public void Strictly_read_bytes_are_at_least_as_long_as_the_canonical_ones() => Run(4_000, cases =>
    {
        AbiType[] types = [cases.Type(3)];
        byte[] data = cases.Mutated(AbiEncoder.Encode(types, cases.Values(types)));
        try
        {
            Assert.InRange(AbiEncoder.Encode(types, AbiDecoder.Decode(types, data)).Length, 0, data.Length);
        }
        catch (AbiException)
        {
        }
    });

    [Fact]
    public void Types_and_declarations_are_read_again_from_their_text() => Run(1_000, cases =>
    {
        AbiType type = cases.OddType(4);
        Assert.Equal(type, AbiType.Parse(type.Canonical));
        var parameter = new AbiParameter(type, "value", Indexed: false);
        AbiParameter read = AbiFunction.Parse($"f({parameter})").Inputs[0];
        Assert.Equal(parameter.ToString(), read.ToString());
        Assert.Equal(parameter, read);
    });

    [Fact]
    public void Logs_come_back_with_hashes_for_what_is_indexed_and_dynamic() => Run(1_000, cases =>
    {
        AbiType[] types = cases.Types(2);
        var item = new AbiEvent("E", [.. types.Select((type, i) => new AbiParameter(type, "", i % 2 == 0))], isAnonymous: false);
        object[] values = cases.Values(types);
        (IReadOnlyList<Hash32> topics, byte[] data) = item.Encode(values);
        object[] decoded = item.Decode(topics, data);
        object[] indexed = [.. values.Where((_, i) => i % 2 == 0)];
        Assert.Equal(topics.Select(topic => (Hash32?)topic), item.FilterTopics(indexed));
        for (int i = 0; i < types.Length; i++)
        {
            bool isHashed = i % 2 == 0 && (types[i].IsDynamic || types[i].Kind is AbiKind.Array or AbiKind.Tuple);
            Assert.Equivalent(isHashed ? topics[i / 2 + 1] : values[i], decoded[i], strict: true);
        }
    });

    private static void Run(int count, Action<AbiCases> check)
    {
        var cases = AbiCases.Start();
        for (int i = 0; i < AbiCases.Count(count, 25 * count); i++)
        {
            check(cases);
        }
    }

    // Assert.Equivalent walks by reflection, which is most of what these tests would take.
    private static void AssertSame(object expected, object actual)
    {
        if (expected is not object[] items)
        {
            Assert.Equal(expected, actual);
            return;
        }

        object[] others = Assert.IsType<object[]>(actual);
        Assert.Equal(items.Length, others.Length);
        for (int i = 0; i < items.Length; i++)
        {
            AssertSame(items[i], others[i]);
        }
    }
}
