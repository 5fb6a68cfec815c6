using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Tests.Attribution;

/// <summary>Rows of the table: what a declaration's names tell, what is refused, and that users add their own.</summary>
public sealed class BatchDefinitionTests
{
    private static readonly Address First = Address.Parse("0x1111111111111111111111111111111111111111");
    private static readonly Address Second = Address.Parse("0x2222222222222222222222222222222222222222");
    private static readonly byte[] Data = [1, 2, 3, 4, 5];

    public static TheoryData<string, object[], string> Layouts => new()
    {
        { "f(address to, uint256 value, bytes data)", [First, UInt256.One, Data], "Call 0x1111 1 5" },
        { "f(bytes data, uint256 salt, address to)", [Data, UInt256.One, First], "Call 0x1111 0 5" },
        { "f(address to, bytes data, uint8 operation)", [First, Data, UInt256.One], "DelegateCall 0x1111 0 5" },
        { "f(bytes data)", [Data], "Call self 0 5" },
        { "f(bytes[] data)", [new object[] { Data, Array.Empty<byte>() }], "Call self 0 5, Call self 0 0" },
        {
            "f(uint256 deadline, address[] to, uint256[] value, bytes[] data)",
            [UInt256.One, new object[] { First, Second }, new object[] { UInt256.One, UInt256.Zero }, new object[] { Data, Data }],
            "Call 0x1111 1 5, Call 0x2222 0 5"
        },
        {
            "f(address[] to, uint256[] value, bytes[] data)",
            [new object[] { First, Second }, Array.Empty<object>(), new object[] { Data, Data }], "Call 0x1111 0 5, Call 0x2222 0 5"
        },
        {
            "f((address to, bytes data) call, uint256 salt)", [new object[] { First, Data }, UInt256.One], "Call 0x1111 0 5"
        },
        {
            "f(bytes32 id, (bool flag, uint256 value, address to, bytes data)[] calls)",
            [
                Hash32.Zero,
                new object[] { new object[] { true, UInt256.One, First, Data }, new object[] { false, UInt256.Zero, Second, Data } },
            ],
            "Call 0x1111 1 5, Call 0x2222 0 5"
        },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Names_of_the_parameters_tell_the_calls(string declaration, object[] arguments, string calls)
    {
        var definition = new BatchDefinition(declaration, OperationKind.Eip7702);
        Assert.Equal(calls, Text(definition.Plan(definition.Function.EncodeCall(arguments))!));
    }

    [Theory]
    [InlineData("f(address to, uint256 value)")]
    [InlineData("f(address[] to, bytes data)")]
    [InlineData("f(address to, bytes32 data)")]
    [InlineData("f(address to, uint128 value, bytes data)")]
    [InlineData("f(address[] to, uint256 value, bytes[] data)")]
    public void Declaration_whose_names_tell_no_calls_is_refused(string declaration) =>
        Assert.Throws<ArgumentException>(() => new BatchDefinition(declaration, OperationKind.Eip7702));

    [Theory]
    [InlineData(OperationKind.Direct)]
    [InlineData(OperationKind.Erc4337)]
    public void Batch_functions_open_no_operation_of_kinds_that_are_found_otherwise(OperationKind kind) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchDefinition("f(address to, bytes data)", kind));

    // Lists of different lengths, offsets to nowhere, cut bytes: no plan, and no exception.
    [Fact]
    public void Spoilt_input_of_any_row_is_a_plan_or_none()
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[][] inputs =
        [
            .. Recording.Names.SelectMany(name => Inputs(Recording.Of(name).ReadTrace())).Where(input => input.Length is >= 4 and < 4000),
        ];
        for (int round = 0; round < 20_000; round++)
        {
            byte[] input = [.. inputs[random.Next(inputs.Length)]];
            for (int i = random.Next(4); i > 0 && input.Length > 4; i--)
            {
                input[random.Next(4, input.Length)] = random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
            }

            input = random.Next(3) == 0 ? input[..random.Next(4, input.Length + 1)] : input;
            foreach (BatchDefinition definition in BatchTable.Shipped.Definitions)
            {
                Assert.True(definition.Plan(input) is null or { Count: <= 4000 });
            }
        }
    }

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(2, 1, 2)]
    [InlineData(2, 2, 1)]
    public void Lists_side_by_side_have_one_length(int targets, int values, int data)
    {
        var definition = new BatchDefinition("f(address[] to, uint256[] value, bytes[] data)", null);
        byte[] input = definition.Function.EncodeCall(
            Enumerable.Repeat((object)First, targets).ToArray(), Enumerable.Repeat((object)UInt256.One, values).ToArray(),
            Enumerable.Repeat((object)Data, data).ToArray());
        Assert.Null(definition.Plan(input));
    }

    // An account that nobody knows, as its own batch: without the row its call is one, with the row it is two.
    [Fact]
    public void Row_of_a_user_takes_its_batches_apart()
    {
        AbiFunction function = AbiFunction.Parse("payMany(address[] to, uint256[] value, bytes[] data)");
        byte[] input = function.EncodeCall(
            new object[] { First, Second }, new object[] { UInt256.One, UInt256.Zero }, new object[] { Data, Data });
        var root = new Node(CallFrameType.Call, First, First, default, input);
        root.Call(CallFrameType.Call, First, UInt256.One, Data).Emit(0, [], [1]);
        root.Call(CallFrameType.Call, Second, UInt256.Zero, Data).Emit(1, [], [1]);
        RpcReceipt receipt = TreeBuilder.Receipt(root, 0);

        AttributedOperation without = Assert.Single(TransactionAttribution.Of(receipt, root.ToFrame(), BatchTable.Shipped).Operations);
        BatchTable table = BatchTable.Shipped.With(new BatchDefinition(function.ToDeclaration(), OperationKind.Eip7702));
        AttributedOperation with = Assert.Single(TransactionAttribution.Of(receipt, root.ToFrame(), table).Operations);

        Assert.Equal((OperationKind.Direct, 1), (without.Kind, without.Calls.Count));
        Assert.Equal((OperationKind.Eip7702, 2), (with.Kind, with.Calls.Count));
        Assert.Equal([[0], [1]], with.Calls.Select(call => call.Logs));
    }

    private static IEnumerable<byte[]> Inputs(CallFrame frame) => [frame.Input.ToArray(), .. frame.Calls.SelectMany(Inputs)];

    private static string Text(IReadOnlyList<PlannedCall> calls) => string.Join(
        ", ", calls.Select(call => $"{call.Operation} {(call.To is { } to ? to.ToHex()[..6] : "self")} {call.Value} {call.Data.Length}"));
}
