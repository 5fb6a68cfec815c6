using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Generators.Tests.Abis;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Generators.Tests.Generated;

/// <summary>
/// Everything generated from a contract with every kind of type, against the dynamic encoder and decoder: the same bytes, the same values,
/// and on mutated bytes the same verdict.
/// </summary>
public sealed class EqualVerdictTests
{
    private static readonly GeneratedType[] Calls = [.. GeneratedType.Of(typeof(Nasty), "Call")];
    private static readonly GeneratedType[] Errors = [.. GeneratedType.Of(typeof(Nasty), "Error")];
    private static readonly Dictionary<string, GeneratedType> Types =
        GeneratedType.Of(typeof(Nasty), "Event").Concat(Calls).ToDictionary(type => type.Name);

    private static readonly (string Type, AbiEvent Event)[] Events =
    [
        ("TransferAddressAddressUint256Event", AbiEvent.Parse("Transfer(address indexed from, address indexed to, uint256 value)")),
        ("TransferAddressAddressUint256_2Event", AbiEvent.Parse("Transfer(address indexed from, address indexed to, uint256 indexed id)")),
        ("MeasuredEvent", AbiEvent.Parse("Measured(uint24,int24,bytes4,bool,uint256[2],(address,uint256,bytes4))")),
        ("AnonymousEvent", AbiEvent.Parse(
            "Anonymous(address indexed a, int24 indexed b, bytes32 indexed c, bool indexed d, int256 e) anonymous")),
        ("NothingEvent", AbiEvent.Parse("Nothing()")),
        ("LoggedEvent", AbiEvent.Parse("Logged(string indexed a, bytes indexed b, uint256[2] indexed c, string d, bytes e, uint16[] f)")),
    ];

    private static readonly (string Type, string Outputs)[] Results =
    [
        ("NastyCall", "uint256"), ("DomainSeparatorCall", "bytes32"), ("TransferCall", "bool"), ("NoteCall", "string"),
        ("ListCall", "address[]"), ("WordsCall", "bytes1,bytes4,bytes31,bytes32,function,bool,address"), ("TwoCall", "(bytes)"),
        ("PayCall", "(address[],(address,uint256,bytes4)[],string)[],bytes"),
    ];

    // Each number is a case and the seed of its values and mutation, so a failure names what to run again.
    private static Arbitrary<int> Seeds => Gen.Choose(0, int.MaxValue).ToArbitrary();

    [Fact]
    public void All_that_the_contract_declares_is_compared()
    {
        Assert.Equal(19, Calls.Length);
        Assert.Equal(3, Errors.Length);
        Assert.Equal(Events.Select(known => known.Type), GeneratedType.Of(typeof(Nasty), "Event").Select(type => type.Name));
        Assert.Equal(
            Calls.Where(call => call.HasResult).Select(call => call.Name).Order(), Results.Select(result => result.Type).Order());
    }

    [Fact]
    public void Calls_encode_and_decode_as_the_dynamic_function_does() => ForAll(seed =>
    {
        var random = new Random(seed);
        GeneratedType call = Calls[seed % Calls.Length];
        AbiFunction function = AbiFunction.Parse(call.Signature);
        object[] arguments = [.. function.Inputs.Select(input => Plain.Value(input.Type, random))];
        byte[] data = function.EncodeCall(arguments);

        object? decoded = call.Decode(data);

        Assert.NotNull(decoded);
        Assert.Equal(Plain.Describe(arguments), Plain.Describe(Plain.Fields(decoded)));
        Assert.Equal(Hex.Encode(data), Hex.Encode(call.Encode(decoded)));
    });

    [Fact]
    public void Mutated_calls_get_the_dynamic_functions_verdict() => ForAll(seed =>
    {
        var random = new Random(seed);
        GeneratedType call = Calls[seed % Calls.Length];
        AbiFunction function = AbiFunction.Parse(call.Signature);
        byte[] data = Mutation.Of(
            function.EncodeCall([.. function.Inputs.Select(input => Plain.Value(input.Type, random))]), AbiFunction.SelectorSize, random);

        AssertSame(() => function.DecodeCall(data), call.Decode(data), isRecord: true);
    });

    [Fact]
    public void Results_get_the_dynamic_functions_values_and_verdict() => ForAll(seed =>
    {
        var random = new Random(seed);
        (string name, string outputs) = Results[seed % Results.Length];
        AbiFunction function = AbiFunction.Parse($"f() returns ({outputs})");
        AbiType[] types = [.. function.Outputs.Select(output => output.Type)];
        byte[] data = AbiEncoder.Encode(types, [.. types.Select(type => Plain.Value(type, random))]);
        data = random.Next(3) == 0 ? data : Mutation.Of(data, 0, random);

        AssertSame(() => function.DecodeResult(data), Types[name].DecodeResult(data), isRecord: types.Length > 1);
    });

    [Fact]
    public void Errors_get_the_dynamic_errors_values_and_verdict() => ForAll(seed =>
    {
        var random = new Random(seed);
        GeneratedType generated = Errors[seed % Errors.Length];
        AbiError error = AbiError.Parse(generated.Signature);
        byte[] data =
        [
            .. error.Selector.Span,
            .. AbiEncoder.Encode(
                [.. error.Inputs.Select(input => input.Type)], [.. error.Inputs.Select(input => Plain.Value(input.Type, random))]),
        ];
        data = random.Next(3) == 0 ? data : Mutation.Of(data, AbiFunction.SelectorSize, random);

        AssertSame(() => error.Decode(data), generated.Decode(data), isRecord: true);
    });

    [Fact]
    public void Events_get_the_dynamic_events_values_and_verdict() => ForAll(seed =>
    {
        var random = new Random(seed);
        (string name, AbiEvent declared) = Events[seed % Events.Length];
        (Hash32[] topics, byte[] data) = Log(declared, random);
        switch (random.Next(4))
        {
            case 0:
                data = Mutation.Of(data, 0, random);
                break;
            case 1 when topics.Length > 0:
                int at = random.Next(topics.Length);
                byte[] topic = [.. Mutation.Of(topics[at].ToArray(), 0, random), .. new byte[32]];
                topics[at] = Hash32.FromBytes(topic.AsSpan(0, 32));
                break;
            case 2:
                topics = random.Next(2) == 0 ? [.. topics, Hash32.Zero] : [.. topics.Skip(1)];
                break;
        }

        AssertSame(() => declared.Decode(topics, data), Types[name].Decode(topics, data), isRecord: true);
    });

    private static (Hash32[] Topics, byte[] Data) Log(AbiEvent declared, Random random)
    {
        List<Hash32> topics = declared.IsAnonymous ? [] : [declared.Topic0];
        foreach (AbiParameter input in declared.Inputs.Where(input => input.Indexed))
        {
            bool isHash = input.Type.IsDynamic || input.Type.Kind is AbiKind.Array or AbiKind.Tuple;
            topics.Add(Hash32.FromBytes(
                isHash ? Plain.Bytes(32, random) : AbiEncoder.Encode([input.Type], [Plain.Value(input.Type, random)])));
        }

        AbiType[] types = [.. declared.Inputs.Where(input => !input.Indexed).Select(input => input.Type)];
        return ([.. topics], AbiEncoder.Encode(types, [.. types.Select(type => Plain.Value(type, random))]));
    }

    private static void AssertSame(Func<object[]> decode, object? generated, bool isRecord)
    {
        object[]? expected;
        try
        {
            expected = decode();
        }
        catch (AbiException refused)
        {
            Assert.True(generated is null, $"Read {Plain.Describe(generated)}, which the dynamic decoder refuses: {refused.Message}");
            return;
        }

        Assert.True(generated is not null, $"Refused {Plain.Describe(expected)}");
        Assert.Equal(
            Plain.Describe(expected), isRecord ? Plain.Describe(Plain.Fields(generated)) : $"[{Plain.Describe(generated)}]");
    }

    private static void ForAll(Action<int> property) =>
        Prop.ForAll(Seeds, property).Check(Config.QuickThrowOnFailure.WithMaxTest(800));
}
