using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// A layout that the parameters' names tell: <c>to</c>, <c>value</c>, <c>data</c> and <c>operation</c> are either single values, or lists
/// side by side, or components of one tuple or of one list of tuples. Other parameters are passed over. Without <c>to</c> the calls go to
/// the account itself, without <c>value</c> they carry none, and an <c>operation</c> of 1 is a DELEGATECALL.
/// </summary>
internal sealed class NamedLayout
{
    private const int Word = 32;
    private const int Absent = -1;

    private readonly bool _isList;
    private readonly int _tuples;
    private readonly bool _tupleIsDynamic;
    private readonly int _to;
    private readonly int _value;
    private readonly int _data;
    private readonly int _operation;

    internal NamedLayout(AbiFunction function)
    {
        IReadOnlyList<AbiParameter> scope = function.Inputs;
        _tuples = Absent;
        foreach ((AbiParameter parameter, int at) in Heads(function.Inputs))
        {
            AbiType tuple = parameter.Type.Kind == AbiKind.Array ? parameter.Type.Element! : parameter.Type;
            if (tuple.Kind == AbiKind.Tuple && tuple.Components.Any(component => component.Name == "data"))
            {
                (_tuples, _isList, scope) = (at, parameter.Type.Kind == AbiKind.Array, tuple.Components);
                _tupleIsDynamic = parameter.Type.IsDynamic;
            }
        }

        bool sideBySide = _tuples == Absent && scope.Any(parameter => parameter is { Name: "data", Type.Kind: AbiKind.Array });
        _isList |= sideBySide;
        string list = sideBySide ? "[]" : "";
        _to = Head("to", "address");
        _value = Head("value", "uint256");
        _data = Head("data", "bytes");
        _operation = Head("operation", "uint8");
        if (_data == Absent || (_tuples != Absent && !_tupleIsDynamic))
        {
            throw new ArgumentException($"{function.Signature} has no parameter or component 'data' of bytes.", nameof(function));
        }

        int Head(string name, string type)
        {
            foreach ((AbiParameter parameter, int at) in Heads(scope))
            {
                if (parameter.Name == name)
                {
                    return parameter.Type.Canonical == type + list
                        ? at
                        : throw new ArgumentException($"'{name}' of {function.Signature} is no {type}{list}.", nameof(function));
                }
            }

            return Absent;
        }
    }

    internal IReadOnlyList<PlannedCall>? Read(CallArguments arguments)
    {
        if (!_isList)
        {
            int start = 0;
            return (_tuples == Absent || arguments.TryOffset(_tuples, 0, out start)) && ReadCall(arguments, start, out PlannedCall call)
                ? [call]
                : null;
        }

        return _tuples == Absent ? ReadSideBySide(arguments) : ReadTuples(arguments, _tuples);
    }

    /// <summary>A list of <c>(address to, uint256 value, bytes data)</c> that the offset at a place leads to.</summary>
    internal static IReadOnlyList<PlannedCall>? ReadTuples(CallArguments arguments) => Execution.ReadTuples(arguments, 0);

    private static NamedLayout Execution { get; } =
        new(AbiFunction.Parse("execute((address to, uint256 value, bytes data)[] calls)"));

    private static IEnumerable<(AbiParameter Parameter, int At)> Heads(IReadOnlyList<AbiParameter> parameters)
    {
        int at = 0;
        foreach (AbiParameter parameter in parameters)
        {
            yield return (parameter, at);
            at += parameter.Type.HeadSlots * Word;
        }
    }

    private PlannedCall[]? ReadTuples(CallArguments arguments, int at)
    {
        if (!arguments.TryOffset(at, 0, out int list) || !arguments.TryLength(list, out int count))
        {
            return null;
        }

        var calls = new PlannedCall[count];
        int heads = list + Word;
        for (int i = 0; i < count; i++)
        {
            if (!arguments.TryOffset(heads + i * Word, heads, out int tuple) || !ReadCall(arguments, tuple, out calls[i]))
            {
                return null;
            }
        }

        return calls;
    }

    private bool ReadCall(CallArguments arguments, int start, out PlannedCall call)
    {
        (Address to, UInt256 value, UInt256 operation) = (default, default, default);
        bool read = (_to == Absent || arguments.TryAddress(start + _to, out to))
            & (_value == Absent || arguments.TryNumber(start + _value, out value))
            & (_operation == Absent || (arguments.TryNumber(start + _operation, out operation) && operation <= UInt256.One))
            & arguments.TryBytes(start + _data, start, out ReadOnlyMemory<byte> data);
        call = Call(_to == Absent ? null : to, value, operation, data);
        return read;
    }

    private PlannedCall[]? ReadSideBySide(CallArguments arguments)
    {
        (int to, int value, int operation, int values) = (0, 0, 0, 0);
        bool read = List(arguments, _data, out int data, out int count)
            && (_to == Absent || (List(arguments, _to, out to, out int targets) && targets == count))
            && (_operation == Absent || (List(arguments, _operation, out operation, out int operations) && operations == count))
            && (_value == Absent || List(arguments, _value, out value, out values));

        // SimpleAccount takes an empty list of values for "none of them carries any".
        bool hasValues = values > 0;
        if (!read || (hasValues && values != count))
        {
            return null;
        }

        var calls = new PlannedCall[count];
        for (int i = 0; i < count; i++)
        {
            (Address target, UInt256 wei, UInt256 how) = (default, default, default);
            int item = i * Word;
            read = (_to == Absent || arguments.TryAddress(to + item, out target))
                & (!hasValues || arguments.TryNumber(value + item, out wei))
                & (_operation == Absent || (arguments.TryNumber(operation + item, out how) && how <= UInt256.One))
                & arguments.TryBytes(data + item, data, out ReadOnlyMemory<byte> bytes);
            if (!read)
            {
                return null;
            }

            calls[i] = Call(_to == Absent ? null : target, wei, how, bytes);
        }

        return calls;
    }

    // Where the items of a list begin, and how many there are.
    private static bool List(CallArguments arguments, int at, out int items, out int count)
    {
        count = 0;
        bool read = arguments.TryOffset(at, 0, out int list) && arguments.TryLength(list, out count);
        items = list + Word;
        return read;
    }

    private static PlannedCall Call(Address? to, UInt256 value, UInt256 operation, ReadOnlyMemory<byte> data) =>
        new(operation.IsZero ? CallOperation.Call : CallOperation.DelegateCall, to, value, data);
}
