using System.Text.Json.Nodes;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Tests.Attribution;

/// <summary>What looks like a batch and is none, and what nobody honest sends.</summary>
public sealed class ForeignShapeTests
{
    private static readonly Address Eoa = Address.Parse("0xe0a0000000000000000000000000000000000001");
    private static readonly Address Contract = Address.Parse("0xc0c0000000000000000000000000000000000002");
    private static readonly Address Target = Address.Parse("0x7a70000000000000000000000000000000000003");
    private static readonly AbiFunction Execute = AbiFunction.Parse("execute(address,uint256,bytes)");
    private static readonly AbiFunction Aggregate = AbiFunction.Parse("aggregate((address,bytes)[])");

    // A timelock, a governor, another contract: its call is the sender's one call.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Function_of_another_contract_with_a_known_selector_is_one_call(bool callsTheTarget)
    {
        var root = new Node(CallFrameType.Call, Eoa, Contract, default, Execute.EncodeCall(Target, UInt256.Zero, new byte[] { 1 }));
        if (callsTheTarget)
        {
            root.Call(CallFrameType.Call, Target, default, [1]).Emit(0, [], []);
        }

        AttributedOperation operation = Assert.Single(Attribute(root).Operations);
        Assert.Equal((OperationKind.Direct, Eoa, Contract), (operation.Kind, operation.Account, Assert.Single(operation.Calls).To));
    }

    // The code would have made the calls that its input asks for; this one made others.
    [Theory]
    [InlineData(0x10, 0x20)]
    [InlineData(0x20, 0x10)]
    [InlineData(0x10)]
    public void Batch_whose_calls_are_not_those_of_its_input_is_one_call(params int[] made)
    {
        object[] items = [new object[] { Target, new byte[] { 0x10 } }, new object[] { Target, new byte[] { 0x11 } }];
        var root = new Node(CallFrameType.Call, Eoa, Contract, default, Aggregate.EncodeCall([items]));
        foreach (int data in made)
        {
            root.Call(CallFrameType.Call, Target, default, [(byte)data]).Emit(0, [], []);
        }

        AttributedOperation operation = Assert.Single(Attribute(root).Operations);
        Assert.Equal(OperationKind.Direct, operation.Kind);
        Assert.Equal(made.Length, Assert.Single(operation.Calls).Logs.Count);
    }

    // An EOA without code, and a batch of nothing.
    [Fact]
    public void Call_to_oneself_that_executes_nothing_is_one_call()
    {
        var root = new Node(CallFrameType.Call, Eoa, Eoa, default, Execute.EncodeCall(Target, UInt256.Zero, new byte[] { 1 }));
        AttributedOperation operation = Assert.Single(Attribute(root).Operations);
        Assert.Equal((OperationKind.Direct, Eoa), (operation.Kind, operation.Calls[0].To!.Value));

        root = new Node(CallFrameType.Call, Eoa, Eoa, default, AbiFunction.Parse("executeBatch((address,uint256,bytes)[])").EncodeCall(
            [Array.Empty<object>()]));
        Assert.Equal(OperationKind.Direct, Assert.Single(Attribute(root).Operations).Kind);
    }

    // A contract may play the EntryPoint; one that reports success for a call that failed, or nothing at all, is found out.
    [Theory]
    [InlineData("v07-batch2", false)]
    [InlineData("v07-out-of-gas", true)]
    public void EntryPoint_that_contradicts_its_frames_is_one_call(string name, bool claimsSuccess)
    {
        Recording recording = Recording.Of(name);
        foreach (string part in new[] { "receipt", "trace" })
        {
            IEnumerable<JsonNode?> logs = part == "receipt"
                ? recording.Receipt["logs"]!.AsArray()
                : Recording.Frames(recording.Trace).SelectMany(frame => frame["logs"]?.AsArray() ?? []);
            JsonNode report = logs.Single(log => log!["topics"]!.AsArray().Count == 4)!;
            if (claimsSuccess)
            {
                string data = report["data"]!.GetValue<string>();
                report["data"] = data[..(2 + 127)] + "1" + data[(2 + 128)..];
            }
            else
            {
                report["topics"]![1] = "0x" + new string('1', 64);
            }
        }

        TransactionAttribution found = recording.Attribute();
        Assert.Null(found.Reason);
        AttributedOperation operation = Assert.Single(found.Operations);
        Assert.Equal((OperationKind.Direct, recording.ReadReceipt().Logs.Count), (operation.Kind, operation.Calls[0].Logs.Count));
    }

    // A batch may name one MultiSend a thousand times without being larger; what it would unfold to has a bound.
    [Fact]
    public void Batch_that_unfolds_without_end_is_refused()
    {
        byte[] one = [0, .. Target.ToArray(), .. new byte[64]];
        byte[] library = AbiFunction.Parse("multiSend(bytes)").EncodeCall(
            (byte[])[.. Enumerable.Repeat(one, 1000).SelectMany(bytes => bytes)]);
        AbiFunction batch = AbiFunction.Parse("executeBatch(address[] to, uint8[] operation, bytes[] data)");
        BatchTable table = BatchTable.Shipped.With(new BatchDefinition(batch.ToDeclaration(), OperationKind.Eip7702));
        const int count = 1000;
        byte[] input = batch.EncodeCall(
            Enumerable.Repeat((object)Target, count).ToArray(), Enumerable.Repeat((object)UInt256.One, count).ToArray(),
            new object[] { library }.Concat(Enumerable.Repeat((object)Array.Empty<byte>(), count - 1)).ToArray());

        // All offsets of the data lead to the first.
        int heads = 4 + 3 * 32 + 2 * (count + 1) * 32 + 32;
        for (int i = 1; i < count; i++)
        {
            input.AsSpan(heads, 32).CopyTo(input.AsSpan(heads + 32 * i));
        }

        var root = new Node(CallFrameType.Call, Eoa, Eoa, default, input) { Error = Node.Reverted };
        AttributionException refused = Assert.Throws<AttributionException>(
            () => TransactionAttribution.Of(TreeBuilder.Receipt(root, 0), root.ToFrame(), table));
        Assert.Contains("20000", refused.Message, StringComparison.Ordinal);
    }

    // Batches in batches, deeper than they are taken apart: the rest is a call.
    [Fact]
    public void Nesting_of_batches_is_bounded()
    {
        AbiFunction multiSend = AbiFunction.Parse("multiSend(bytes)");
        byte[] data = [1];
        for (int i = 0; i < 200; i++)
        {
            byte[] length = new byte[32];
            ((UInt256)(ulong)data.Length).WriteBigEndian(length);
            data = multiSend.EncodeCall((byte[])[1, .. Target.ToArray(), .. new byte[32], .. length, .. data]);
        }

        var root = new Node(CallFrameType.Call, Eoa, Eoa, default, AbiFunction.Parse("execute(address,uint256,bytes,uint8)").EncodeCall(
            Target, UInt256.Zero, data, UInt256.One));
        Node frame = root;
        BatchDefinition definition = BatchTable.Shipped.Definitions.Single(row => row.Function.Name == "multiSend");
        for (ReadOnlyMemory<byte> next = data; ;)
        {
            frame = frame.Call(CallFrameType.DelegateCall, Target, default, next.ToArray());
            if (definition.Plan(next) is not { } plan)
            {
                break;
            }

            next = plan[0].Data;
        }

        frame.Emit(0, [], []);
        AttributedOperation operation = Assert.Single(Attribute(root).Operations);
        Assert.Equal(OperationKind.Eip7702, operation.Kind);
        AttributedCall call = Assert.Single(operation.Calls);
        Assert.Equal([0], call.Logs);
        Assert.InRange(call.Frame.Count, 20, 40);
    }

    // Each frame asks for a call that is not there, so that it is looked for in all below it.
    [Fact]
    public void Search_for_handed_on_batches_is_bounded()
    {
        byte[] input = Execute.EncodeCall(Target, UInt256.Zero, new byte[] { 1 });
        var root = new Node(CallFrameType.Call, Eoa, Eoa, default, input);
        Node frame = root;
        for (int depth = 0; depth < 1000; depth++)
        {
            for (int i = 0; i < 20; i++)
            {
                frame.Call(CallFrameType.Call, Contract, default, []);
            }

            frame = frame.Call(CallFrameType.Call, Eoa, default, input);
        }

        Assert.Throws<AttributionException>(() => Attribute(root));
    }

    private static TransactionAttribution Attribute(Node root)
    {
        TransactionAttribution found = TransactionAttribution.Of(TreeBuilder.Receipt(root, 0), root.ToFrame(), BatchTable.Shipped);
        Assert.Null(found.Reason);
        return found;
    }
}
