using ChainExec.Ethereum.Generators.Model;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>Events and errors as records that read themselves from logs and revert data.</summary>
internal sealed class LogEmitter(CodeWriter code, EntryModel entry, string typeName)
{
    private const string Bytes = "global::System.ReadOnlySpan<byte>";
    private const string Topics = "global::System.ReadOnlySpan<global::ChainExec.Ethereum.Hash32>";
    private const string Event = "global::ChainExec.Ethereum.Abi.IAbiEvent";
    private const string Reader = "global::ChainExec.Ethereum.Abi.Generated.AbiSpanReader";
    private const string Failure = "global::ChainExec.Ethereum.Abi.Generated.AbiFailure";

    private readonly IReadOnlyList<FieldModel> _fields = TypeTable.Fields(entry.Inputs, typeName);

    private int FirstTopic => entry.IsAnonymous ? 0 : 1;

    private IEnumerable<FieldModel> Indexed => _fields.Where(parameter => parameter.IsIndexed);

    /// <summary>Writes an event.</summary>
    public void EmitEvent()
    {
        string anonymous = entry.IsAnonymous ? "anonymous " : "";
        Open($"A log of the {anonymous}event <c>{entry.Signature}</c>.", entry.IsAnonymous ? "" : $" : {Event}<{typeName}>");
        Constants.Signature(code, entry);
        if (!entry.IsAnonymous)
        {
            Constants.Topic(code, entry);
            code.Write($"static global::ChainExec.Ethereum.Hash32 {Event}<{typeName}>.Topic0 => Topic0;");
            code.Space();
        }

        string count = ValueCode.Text(FirstTopic + Indexed.Count());
        string matches = entry.IsAnonymous ? $"topics.Length == {count}" : $"topics.Length == {count} && topics[0] == Topic0";
        string recognised = entry.IsAnonymous ? "this event's number of topics" : "this event's first topic and its number of topics";
        code.Write($$"""
            /// <summary>True when a log has {{recognised}}.</summary>
            public static bool Matches({{Topics}} topics) => {{matches}};

            /// <summary>Reads a log; nothing is allocated for static types, read or refused.</summary>
            public static bool TryDecode({{Topics}} topics, {{Bytes}} data, out {{typeName}} value) =>
                TryRead(topics, data, out value, out _);

            /// <summary>Reads like <see cref="TryDecode"/>.</summary>
            /// <exception cref="global::ChainExec.Ethereum.Abi.AbiException">The log is another; it names the byte or topic.</exception>
            public static {{typeName}} Decode({{Topics}} topics, {{Bytes}} data) =>
                TryRead(topics, data, out {{typeName}} value, out {{Failure}} failure) ? value : throw failure.ToException();

            """);
        code.Open($"private static bool TryRead({Topics} topics, {Bytes} data, out {typeName} value, out {Failure} failure)");
        Refuse("Matches(topics)", "OtherEvent");
        EmitEventBody();
        code.Close();
        code.Close();
    }

    /// <summary>Writes an error.</summary>
    public void EmitError()
    {
        Open($"The error <c>{entry.Signature}</c>.", "");
        Constants.Signature(code, entry);
        Constants.Selector(code, entry, "revert data");
        code.Write($$"""
            /// <summary>Reads revert data; bytes behind the arguments are accepted, as contracts accept them.</summary>
            public static bool TryDecode({{Bytes}} revertData, out {{typeName}} value) => TryRead(revertData, out value, out _);

            /// <summary>Reads like <see cref="TryDecode"/>.</summary>
            /// <exception cref="global::ChainExec.Ethereum.Abi.AbiException">The data is something else; it names the byte.</exception>
            public static {{typeName}} Decode({{Bytes}} revertData) =>
                TryRead(revertData, out {{typeName}} value, out {{Failure}} failure) ? value : throw failure.ToException();

            """);
        code.Open($"private static bool TryRead({Bytes} revertData, out {typeName} value, out {Failure} failure)");
        Refuse("Matches(revertData)", "OtherSelector");
        code.Write($"var reader = new {Reader}(revertData, 4);");
        TakeArguments(_fields);
        code.Write($"var read = new {typeName}{Documents.List(ValueCode.ReadAll(_fields, "reader", "0"))};");
        ResultEmitter.EmitVerdict(code);
        code.Close();
        code.Close();
    }

    private void Open(string summary, string implements)
    {
        code.Space();
        Documents.Summary(code, summary);
        Documents.Parameters(code, _fields);
        code.Open($"public readonly record struct {typeName}{Documents.ParameterList(_fields)}{implements}");
    }

    private void Refuse(string matches, string failure) => code.Write($$"""
        value = default;
        if (!{{matches}})
        {
            failure = {{Failure}}.{{failure}}(CanonicalSignature);
            return false;
        }

        """);

    private void EmitEventBody()
    {
        List<FieldModel> words = [.. Indexed.Where(field => !field.IsHashed)];
        List<FieldModel> inData = [.. _fields.Where(field => !field.IsIndexed)];
        if (words.Count > 0)
        {
            code.Write("var topicReader = new global::ChainExec.Ethereum.Abi.Generated.AbiTopicReader(topics);");
        }

        code.Write($"var reader = new {Reader}(data);");
        TakeArguments(inData);
        code.Write($"var read = new {typeName}{Documents.List([.. EventReads(inData)])};");
        if (words.Count > 0)
        {
            code.Open("if (!topicReader.IsValid)");
            code.Write("failure = topicReader.Failure;");
            code.Write("return false;");
            code.Close();
            code.Space();
        }

        ResultEmitter.EmitVerdict(code);
    }

    private IEnumerable<string> EventReads(List<FieldModel> inData)
    {
        IReadOnlyList<string> dataReads = ValueCode.ReadAll(inData, "reader", "0");
        int nextTopic = 0;
        int nextData = 0;
        foreach (FieldModel field in _fields)
        {
            if (!field.IsIndexed)
            {
                yield return dataReads[nextData++];
                continue;
            }

            yield return field.IsHashed
                ? $"topics[{ValueCode.Text(nextTopic + FirstTopic)}]"
                : ValueCode.Read(field.Type, "topicReader", ValueCode.Text(nextTopic + FirstTopic), "0");
            nextTopic++;
        }
    }

    private void TakeArguments(IReadOnlyList<FieldModel> fields) => code.Write(
        $"reader.TakeArguments({ValueCode.Text(fields.Sum(field => field.Type.HeadSlots))});");
}
