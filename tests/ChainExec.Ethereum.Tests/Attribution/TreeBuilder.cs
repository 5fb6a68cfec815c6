using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Tests.Attribution;

/// <summary>A frame that is being made, with the call that each of its logs is of.</summary>
internal sealed class Node(CallFrameType type, Address from, Address to, UInt256 value, byte[] input)
{
    public const string Reverted = "execution reverted";

    // Sub-calls and logs in the order in which they happened.
    private readonly List<(Node? Call, CallFrameLog? Log, int Owner)> _events = [];

    public CallFrameType Type { get; } = type;

    public Address To { get; } = to;

    public UInt256 Value { get; } = value;

    public byte[] Input { get; } = input;

    public string? Error { get; set; }

    /// <summary>The account in whose name it runs.</summary>
    public Address Actor { get; } = type == CallFrameType.DelegateCall ? from : to;

    public Node Call(CallFrameType kind, Address target, UInt256 wei, byte[] data)
    {
        var call = new Node(kind, Actor, target, wei, data);
        _events.Add((call, null, 0));
        return call;
    }

    public void Emit(int owner, Hash32[] topics, byte[] data) => _events.Add(
        (null, new CallFrameLog(Actor, topics, data, _events.Count(happened => happened.Call is not null)), owner));

    public CallFrame ToFrame() => new(
        Type, from, To, Type is CallFrameType.DelegateCall or CallFrameType.StaticCall ? null : Value, 1, 1, Input, default, Error, null,
        [.. _events.Select(happened => happened.Log).OfType<CallFrameLog>()],
        [.. _events.Select(happened => happened.Call).OfType<Node>().Select(call => call.ToFrame())]);

    /// <summary>The logs that lasted, in order, and whose they are.</summary>
    public IEnumerable<(CallFrameLog Log, int Owner)> Lasting() => Error is not null
        ? []
        : _events.SelectMany(happened => happened.Call is { } call ? call.Lasting() : [(happened.Log!, happened.Owner)]);
}

/// <summary>A call of the truth: what a batch asked for and whether it lasted.</summary>
internal sealed record TrueCall(int Owner, Address To, UInt256 Value, byte[] Data, CallOperation Operation)
{
    public bool Success { get; set; }
}

/// <summary>
/// Makes random transactions of every shape out of frames, with hooks, guards, proxies, reverts and logs of few different contents, and
/// keeps account of which call each log is of.
/// </summary>
internal sealed class TreeBuilder(Random random)
{
    public const int Overhead = -1;

    private static readonly AbiFunction Execute = AbiFunction.Parse("execute(address,uint256,bytes)");
    private static readonly AbiFunction ExecuteBatch = AbiFunction.Parse("executeBatch(address[],uint256[],bytes[])");
    private static readonly AbiFunction ExecuteTuples = AbiFunction.Parse("executeBatch((address,uint256,bytes)[])");
    private static readonly AbiFunction Modular = AbiFunction.Parse("execute(bytes32,bytes)");
    private static readonly AbiFunction ModuleUserOp = AbiFunction.Parse("executeUserOp(address,uint256,bytes,uint8)");
    private static readonly AbiFunction FromModule = AbiFunction.Parse("execTransactionFromModule(address,uint256,bytes,uint8)");
    private static readonly AbiFunction MultiSend = AbiFunction.Parse("multiSend(bytes)");
    private static readonly AbiFunction Aggregate3 = AbiFunction.Parse("aggregate3((address,bool,bytes)[])");
    private static readonly AbiFunction ExecTransaction = AbiFunction.Parse(
        "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)");
    private static readonly AbiFunction HandleOps = AbiFunction.Parse(
        "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[],address)");
    private static readonly AbiFunction InnerHandleOp = AbiFunction.Parse(
        "innerHandleOp(bytes,((address,uint256,uint256,uint256,uint256,uint256,uint256,address,uint256,uint256),bytes32,uint256,uint256,"
        + "uint256),bytes)");
    private static readonly Hash32 UserOperationEvent =
        Keccak256.Hash("UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)"u8);
    private static readonly AbiType[] Executions = [AbiType.Parse("(address,uint256,bytes)[]")];

    private readonly Address _eoa = Known(0xE0A);
    private int _owners;

    /// <summary>What must be found: for each operation its kind, account, success and calls.</summary>
    public List<(OperationKind Kind, Address Account, bool Success, List<TrueCall> Calls)> Operations { get; } = [];

    public Node Make() => random.Next(5) switch
    {
        0 => Direct(),
        1 => Multicall(),
        2 => Safe(),
        3 => Delegated(),
        _ => Bundle(),
    };

    public static RpcReceipt Receipt(Node root, int firstIndex) => new(
        default, 0, 2, default, 1, root.ToFrame().From, root.To, root.Error is null, 1, UInt256.One, null,
        [
            .. root.Lasting().Select((log, index) => new RpcLog(
                log.Log.Address, log.Log.Topics, log.Log.Data, firstIndex + index, default, 0, default, 1, false)),
        ]);

    private Node Direct()
    {
        TrueCall call = NewCall(CallOperation.Call);
        var root = new Node(CallFrameType.Call, _eoa, call.To, call.Value, call.Data);
        Fill(root, call.Owner, 4);
        root.Error = random.Next(6) == 0 ? Node.Reverted : null;
        call.Success = root.Error is null;
        Operations.Add((OperationKind.Direct, _eoa, call.Success, [call]));
        return root;
    }

    private Node Multicall()
    {
        int count = random.Next(1, 6);
        List<TrueCall> calls = [.. Enumerable.Range(0, count).Select(_ => NewCall(CallOperation.Call) with { Value = default })];
        object[] items = [.. calls.Select(call => (object)new object[] { call.To, true, call.Data })];
        var root = new Node(CallFrameType.Call, _eoa, Known(0x3C), default, Aggregate3.EncodeCall([items]));
        foreach (TrueCall call in calls)
            Run(root, call, mayFail: true);
        Operations.Add((OperationKind.Multicall3, _eoa, true, calls));
        return root;
    }

    private Node Safe()
    {
        Address safe = Known(0x5AFE);
        (PlannedCall plan, List<TrueCall> calls) = SafeBatch(2);
        byte[] input = ExecTransaction.EncodeCall(
            plan.To!.Value, plan.Value, plan.Data.ToArray(), (UInt256)(ulong)(plan.Operation == CallOperation.Call ? 0 : 1), UInt256.Zero,
            UInt256.Zero, UInt256.Zero, Address.Zero, Address.Zero, new byte[65]);
        var root = new Node(CallFrameType.Call, _eoa, safe, default, input);
        Node singleton = Proxied(root);
        Machinery(singleton);
        bool done = RunPlan(singleton, plan, calls);
        Machinery(singleton);
        Operations.Add((OperationKind.Safe, safe, done, calls));
        return root;
    }

    private Node Delegated()
    {
        (byte[] data, List<TrueCall> calls, bool isTry) = AccountBatch();
        var root = new Node(CallFrameType.Call, _eoa, _eoa, default, data);
        bool done = RunBatch(root, calls, isTry);
        Operations.Add((OperationKind.Eip7702, _eoa, done, calls));
        return root;
    }

    private Node Bundle()
    {
        Address entryPoint = Known(0x4337);
        var root = new Node(CallFrameType.Call, _eoa, entryPoint, default, HandleOps.EncodeCall(Array.Empty<object>(), _eoa));
        int count = random.Next(1, 5);
        for (int i = 0; i < count; i++)
            Machinery(root);
        for (int i = 0; i < count; i++)
        {
            Address account = Known(0xACC0 + i);
            Hash32 hash = Keccak256.Hash([(byte)i]);
            bool isSafe = random.Next(3) == 0;
            (PlannedCall plan, List<TrueCall> calls) = isSafe ? SafeBatch(2) : default;
            (byte[] data, bool isTry) = ([], false);
            if (isSafe)
                data = ModuleUserOp.EncodeCall(plan.To!.Value, plan.Value, plan.Data.ToArray(), Kind(plan));
            else
                (data, calls, isTry) = AccountBatch();

            object[] memory = [account, .. Enumerable.Repeat((object)UInt256.Zero, 6), Address.Zero, UInt256.Zero, UInt256.Zero];
            object[] info = [memory, hash, UInt256.Zero, UInt256.Zero, UInt256.Zero];
            Node inner = root.Call(CallFrameType.Call, entryPoint, default, InnerHandleOp.EncodeCall(data, info, Array.Empty<byte>()));
            Node sender = inner.Call(CallFrameType.Call, account, default, data);
            bool done = isSafe ? RunThroughModule(sender, plan, calls) : RunBatch(Proxied(sender), calls, isTry);
            sender.Error = done ? null : Node.Reverted;
            Machinery(inner);

            // A paymaster that reverts afterwards undoes what succeeded, and the EntryPoint reports it itself.
            bool undone = random.Next(6) == 0;
            inner.Error = undone ? Node.Reverted : null;
            if (undone)
                calls.ForEach(call => call.Success = false);
            byte[] report = [.. new byte[63], (byte)(done && !undone ? 1 : 0), .. new byte[64]];
            (undone ? root : inner).Emit(Overhead, [UserOperationEvent, hash, Padded(account), default], report);
            Operations.Add((OperationKind.Erc4337, account, done && !undone, calls));
        }

        return root;
    }

    // The account asks a module, which asks the account to execute.
    private bool RunThroughModule(Node sender, PlannedCall plan, List<TrueCall> calls)
    {
        Node module = Proxied(sender).Call(CallFrameType.Call, Known(0x40D), default, [.. sender.Input, .. new byte[20]]);
        byte[] input = FromModule.EncodeCall(plan.To!.Value, plan.Value, plan.Data.ToArray(), Kind(plan));
        Node safe = module.Call(CallFrameType.Call, sender.Actor, default, input);
        Node singleton = Proxied(safe);
        Machinery(singleton);
        bool done = RunPlan(singleton, plan, calls);
        module.Error = done ? null : Node.Reverted;
        return done;
    }

    private (byte[] Data, List<TrueCall> Calls, bool IsTry) AccountBatch()
    {
        int shape = random.Next(5);
        int count = shape is 0 or 3 ? 1 : random.Next(1, 6);
        List<TrueCall> calls = [.. Enumerable.Range(0, count).Select(_ => NewCall(CallOperation.Call))];
        object[] tuples = [.. calls.Select(call => (object)new object[] { call.To, call.Value, call.Data })];
        byte[] mode = new byte[32];
        mode[0] = (byte)(shape == 4 ? 1 : 0);
        mode[1] = (byte)random.Next(2);
        byte[] word = new byte[32];
        calls[0].Value.WriteBigEndian(word);
        byte[] data = shape switch
        {
            0 => Execute.EncodeCall(calls[0].To, calls[0].Value, calls[0].Data),
            1 => ExecuteBatch.EncodeCall(
                calls.Select(call => (object)call.To).ToArray(), calls.Select(call => (object)call.Value).ToArray(),
                calls.Select(call => (object)call.Data).ToArray()),
            2 => ExecuteTuples.EncodeCall([tuples]),
            3 => Modular.EncodeCall(Hash32.FromBytes(mode), (byte[])[.. calls[0].To.ToArray(), .. word, .. calls[0].Data]),
            _ => Modular.EncodeCall(Hash32.FromBytes(mode), AbiEncoder.Encode(Executions, [tuples])),
        };
        return (data, calls, shape >= 3 && mode[1] == 1);
    }

    // One call, or a MultiSend of calls and MultiSends.
    private (PlannedCall Plan, List<TrueCall> Calls) SafeBatch(int depth)
    {
        if (depth == 0 || random.Next(3) == 0)
        {
            TrueCall call = NewCall(random.Next(4) == 0 ? CallOperation.DelegateCall : CallOperation.Call);

            // A value beside a DELEGATECALL is written and never sent.
            UInt256 written = call.Operation == CallOperation.Call ? call.Value : 3;
            return (new PlannedCall(call.Operation, call.To, written, call.Data), [call]);
        }

        List<byte> packed = [];
        List<TrueCall> calls = [];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            (PlannedCall plan, List<TrueCall> inner) = SafeBatch(depth - 1);
            byte[] word = new byte[32];
            plan.Value.WriteBigEndian(word);
            byte[] length = new byte[32];
            ((UInt256)(ulong)plan.Data.Length).WriteBigEndian(length);
            packed.AddRange([(byte)(plan.Operation == CallOperation.Call ? 0 : 1), .. plan.To!.Value.ToArray(), .. word, .. length]);
            packed.AddRange(plan.Data.ToArray());
            calls.AddRange(inner);
        }

        return (new PlannedCall(CallOperation.DelegateCall, Known(0x5E4D), default, MultiSend.EncodeCall((byte[])[.. packed])), calls);
    }

    // Runs what SafeBatch made; the calls are taken from the front of the list as they come.
    private bool RunPlan(Node caller, PlannedCall plan, List<TrueCall> calls)
    {
        var left = new Queue<TrueCall>(calls);
        bool done = Step(caller, plan);
        if (!done)
            calls.ForEach(call => call.Success = false);
        return done;

        bool Step(Node from, PlannedCall step)
        {
            if (step.To != Known(0x5E4D))
                return Run(from, left.Dequeue(), mayFail: true);
            Node library = from.Call(CallFrameType.DelegateCall, step.To.Value, default, step.Data.ToArray());
            BatchDefinition definition = BatchTable.Shipped.Definitions.Single(row => row.Function.Name == "multiSend");
            foreach (PlannedCall inner in definition.Plan(step.Data)!)
            {
                if (!Step(library, inner))
                {
                    library.Error = Node.Reverted;
                    return false;
                }
            }

            return true;
        }
    }

    private bool RunBatch(Node account, List<TrueCall> calls, bool isTry)
    {
        foreach (TrueCall call in calls)
        {
            Machinery(account);
            if (!Run(account, call, mayFail: true) && !isTry)
            {
                account.Error = Node.Reverted;
                calls.ForEach(each => each.Success = false);
                return false;
            }
        }

        return true;
    }

    private bool Run(Node caller, TrueCall call, bool mayFail)
    {
        CallFrameType type = call.Operation == CallOperation.Call ? CallFrameType.Call : CallFrameType.DelegateCall;
        Node frame = caller.Call(type, call.To, call.Value, call.Data);
        Fill(frame, call.Owner, 3);
        frame.Error = mayFail && random.Next(8) == 0 ? random.Next(2) == 0 ? "out of gas" : Node.Reverted : null;
        return call.Success = frame.Error is null;
    }

    private Node Proxied(Node frame) =>
        random.Next(2) == 0 ? frame : frame.Call(CallFrameType.DelegateCall, Known(0x1A91C), default, frame.Input);

    // Signature checks, hooks, guards, payments: whatever an account does around its calls.
    private void Machinery(Node frame)
    {
        for (int i = random.Next(3); i > 0; i--)
        {
            CallFrameType type = random.Next(2) == 0 ? CallFrameType.StaticCall : CallFrameType.Call;
            Node? made = random.Next(4) switch
            {
                0 => null,
                1 => frame.Call(type, Known(1), default, Bytes(7)),

                // Calls that are nearly those of a batch: of another target, or of another value.
                2 => frame.Call(CallFrameType.Call, Known(2), (UInt256)(ulong)random.Next(2), CallData()),
                _ => frame.Call(CallFrameType.Call, Known(0x7000 + random.Next(3)), 9, CallData()),
            };
            if (made is null)
                Emit(frame, Overhead);
            else
                Fill(made, Overhead, 1);
        }
    }

    private void Fill(Node frame, int owner, int depth)
    {
        for (int i = random.Next(5); i > 0; i--)
        {
            if (depth == 0 || random.Next(2) == 0)
            {
                Emit(frame, owner);
                continue;
            }

            CallFrameType type = random.Next(3) == 0 ? CallFrameType.DelegateCall : CallFrameType.Call;
            Node child = frame.Call(type, Known(random.Next(9)), default, Bytes(random.Next(40)));
            Fill(child, owner, depth - 1);
            child.Error = random.Next(6) == 0 ? Node.Reverted : null;
        }
    }

    // Of few different contents, so that the content does not tell whose a log is.
    private void Emit(Node frame, int owner) => frame.Emit(owner, random.Next(2) == 0 ? [] : [Padded(_eoa)], [(byte)random.Next(2)]);

    private TrueCall NewCall(CallOperation operation) => new(
        _owners++, Known(0x7000 + random.Next(3)), operation == CallOperation.Call ? (UInt256)(ulong)random.Next(2) : default,
        CallData(), operation);

    private byte[] CallData() => [0xA9, 0x05, 0x9C, 0xBB, (byte)random.Next(2)];

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static UInt256 Kind(PlannedCall plan) => plan.Operation == CallOperation.Call ? UInt256.Zero : UInt256.One;

    private static Address Known(int number) => Address.FromBytes([.. new byte[16], .. BitConverter.GetBytes(number).Reverse()]);

    private static Hash32 Padded(Address address) => Hash32.FromBytes([.. new byte[12], .. address.ToArray()]);
}
