using System.Buffers.Binary;
using System.Text;

namespace ChainExec.Ethereum.Abi;

/// <summary>The whole ABI of a contract, from JSON or from declarations. Overloads are kept; lists are in the order of the source.</summary>
public sealed class AbiContract
{
    /// <summary>The longest JSON read, in bytes of UTF-8.</summary>
    public const int JsonSizeMax = 16 * 1024 * 1024;

    private readonly ILookup<string, AbiFunction> _functions;
    private readonly ILookup<string, AbiEvent> _events;
    private readonly ILookup<string, AbiError> _errors;

    private readonly Dictionary<uint, AbiFunction> _functionsBySelector;
    private readonly Dictionary<uint, AbiError> _errorsBySelector;

    internal AbiContract(AbiContractParts parts)
    {
        _functionsBySelector = parts.FunctionsBySelector;
        _errorsBySelector = parts.ErrorsBySelector;
        Functions = parts.Functions;
        Events = parts.Events;
        Errors = parts.Errors;
        Constructor = parts.Constructor;
        Fallback = parts.Fallback;
        HasReceive = parts.HasReceive;
        _functions = Lookup(Functions, function => function.Name, function => function.Signature);
        _events = Lookup(Events, item => item.Name, item => item.Signature);
        _errors = Lookup(Errors, error => error.Name, error => error.Signature);
    }

    /// <summary>The functions.</summary>
    public IReadOnlyList<AbiFunction> Functions { get; }

    /// <summary>The events; several may have one signature when they index other parameters.</summary>
    public IReadOnlyList<AbiEvent> Events { get; }

    /// <summary>The custom errors.</summary>
    public IReadOnlyList<AbiError> Errors { get; }

    /// <summary>The constructor; null when none is declared, which means one without parameters.</summary>
    public AbiConstructor? Constructor { get; }

    /// <summary>Payable or nonpayable when there is a fallback function, which is called when no selector matches; else null.</summary>
    public AbiStateMutability? Fallback { get; }

    /// <summary>True when there is a function that receives native coin sent without data.</summary>
    public bool HasReceive { get; }

    /// <summary>
    /// Reads the JSON that compilers write: the array of entries, or an object whose member <c>abi</c> is that array (an artifact). Members
    /// that the specification does not know are skipped.
    /// </summary>
    /// <exception cref="AbiException">The text is no JSON ABI or is too large; it names the element, such as <c>abi[3].inputs[0].type</c>, and
    /// the byte.</exception>
    public static AbiContract ParseJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > JsonSizeMax)
        {
            throw AbiJsonReader.TooLarge();
        }

        try
        {
            return ParseJson(AbiSize.StrictUtf8.GetBytes(json));
        }
        catch (EncoderFallbackException exception)
        {
            throw new AbiException("The text has an unpaired surrogate", exception.Index);
        }
    }

    /// <summary>Reads the same from UTF-8.</summary>
    /// <exception cref="AbiException">As for <see cref="ParseJson(string)"/>.</exception>
    public static AbiContract ParseJson(ReadOnlySpan<byte> utf8Json)
    {
        var reader = new AbiJsonReader(utf8Json);
        return reader.Read();
    }

    /// <summary>
    /// Reads declarations: functions, events, errors, <c>constructor(…)</c>, <c>fallback()</c>, <c>receive()</c>, and structs that they use,
    /// in any order. Here each starts with its keyword.
    /// </summary>
    /// <exception cref="AbiException">A declaration is malformed; it names which and the character in it.</exception>
    public static AbiContract Parse(IReadOnlyList<string> declarations)
    {
        ArgumentNullException.ThrowIfNull(declarations);
        var structs = new AbiStructs();
        var parts = new AbiContractParts();
        ReadEach(declarations, isStruct: true, structs.Add);
        structs.CheckAll();
        ReadEach(declarations, isStruct: false, declaration => parts.AddDeclaration(declaration, structs));
        return new AbiContract(parts);
    }

    /// <summary>The one function of that name or signature.</summary>
    /// <exception cref="AbiException">There is none, or several functions have the name.</exception>
    public AbiFunction GetFunction(string nameOrSignature) => One(_functions, nameOrSignature, "function");

    /// <summary>Every function of that name or signature, in the order of the source.</summary>
    public IReadOnlyList<AbiFunction> GetFunctions(string nameOrSignature) => [.. _functions[nameOrSignature]];

    /// <summary>The function whose selector starts the call data, or null.</summary>
    public AbiFunction? FindFunction(ReadOnlySpan<byte> callData) =>
        callData.Length >= AbiFunction.SelectorSize
            ? _functionsBySelector.GetValueOrDefault(BinaryPrimitives.ReadUInt32BigEndian(callData))
            : null;

    /// <summary>The one event of that name or signature.</summary>
    /// <exception cref="AbiException">There is none, or several events have the name or signature.</exception>
    public AbiEvent GetEvent(string nameOrSignature) => One(_events, nameOrSignature, "event");

    /// <summary>Every event of that name or signature, in the order of the source.</summary>
    public IReadOnlyList<AbiEvent> GetEvents(string nameOrSignature) => [.. _events[nameOrSignature]];

    /// <summary>The event, not anonymous, whose first topic and number of topics a log has; null when there is none.</summary>
    public AbiEvent? FindEvent(IReadOnlyList<Hash32> topics) => Events.FirstOrDefault(item => !item.IsAnonymous && item.Matches(topics));

    /// <summary>Every event, not anonymous, whose logs have this first topic, however many parameters it indexes.</summary>
    public IReadOnlyList<AbiEvent> FindEvents(Hash32 topic0) => [.. Events.Where(item => !item.IsAnonymous && item.Topic0 == topic0)];

    /// <summary>The one error of that name or signature.</summary>
    /// <exception cref="AbiException">There is none, or several errors have the name.</exception>
    public AbiError GetError(string nameOrSignature) => One(_errors, nameOrSignature, "error");

    /// <summary>Every error of that name or signature, in the order of the source.</summary>
    public IReadOnlyList<AbiError> GetErrors(string nameOrSignature) => [.. _errors[nameOrSignature]];

    /// <summary>The error whose selector starts the revert data, or null.</summary>
    public AbiError? FindError(ReadOnlySpan<byte> revertData) =>
        revertData.Length >= AbiFunction.SelectorSize
            ? _errorsBySelector.GetValueOrDefault(BinaryPrimitives.ReadUInt32BigEndian(revertData))
            : null;

    /// <summary>The declarations that <see cref="Parse"/> reads: constructor, receive, fallback, functions, events, errors.</summary>
    public IReadOnlyList<string> ToDeclarations() =>
    [
        .. Constructor is null ? Array.Empty<string>() : [Constructor.ToDeclaration()],
        .. HasReceive ? ["receive() external payable"] : Array.Empty<string>(),
        .. Fallback is { } fallback ? [$"fallback() external{AbiModifiers.Suffix(fallback)}"] : Array.Empty<string>(),
        .. Functions.Select(function => function.ToDeclaration()),
        .. Events.Select(item => item.ToDeclaration()),
        .. Errors.Select(error => error.ToDeclaration()),
    ];

    // By name and by signature in one table: a signature has parentheses, so it is never a name.
    private static ILookup<string, T> Lookup<T>(IReadOnlyList<T> items, Func<T, string> name, Func<T, string> signature) => items
        .SelectMany(item => new[] { (Key: name(item), item), (Key: signature(item), item) })
        .ToLookup(pair => pair.Key, pair => pair.item, StringComparer.Ordinal);

    private static T One<T>(ILookup<string, T> items, string nameOrSignature, string kind)
    {
        T[] found = [.. items[nameOrSignature]];
        return found.Length == 1
            ? found[0]
            : throw new AbiException($"{(found.Length == 0 ? "No" : "More than one")} {kind} is '{nameOrSignature}'", 0);
    }

    private static void ReadEach(IReadOnlyList<string> declarations, bool isStruct, Action<string> read)
    {
        for (int i = 0; i < declarations.Count; i++)
        {
            string declaration = declarations[i] ?? throw new ArgumentException("A declaration is null.", nameof(declarations));
            try
            {
                if (new AbiTextParser(declaration).ReadWord() == "struct" == isStruct)
                {
                    read(declaration);
                }
            }
            catch (AbiException exception)
            {
                throw exception.Within($"declarations[{i}]");
            }
        }
    }
}
