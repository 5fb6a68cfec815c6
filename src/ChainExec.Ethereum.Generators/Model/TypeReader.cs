using System.Globalization;
using ChainExec.Ethereum.Generators.Json;

namespace ChainExec.Ethereum.Generators.Model;

/// <summary>Reads parameters of an ABI and their types. The bounds are those of the runtime's <c>AbiType</c>.</summary>
internal sealed class TypeReader(TypeTable types)
{
    private const int DepthMax = 32;
    private const int SlotsMax = 1 << 20;
    private const int ParametersMax = 256;
    private const string StructPrefix = "struct ";

    /// <summary>The parameters of a list; <paramref name="owner"/> names structs that have no name of their own.</summary>
    /// <exception cref="AbiDefectException">A parameter or a type is malformed.</exception>
    public IReadOnlyList<ParameterModel> ReadParameters(JsonNode list, string owner, int depth = 0)
    {
        if (list.Kind != JsonKind.Array)
        {
            throw new AbiDefectException(AbiRules.NotAbi, list.Span, "A list of parameters is needed here");
        }

        if (list.Items.Count > ParametersMax)
        {
            throw new AbiDefectException(
                AbiRules.TooLarge, list.Items[ParametersMax].Span, $"There are more than {ParametersMax} parameters");
        }

        var parameters = new List<ParameterModel>();
        long slots = 0;
        foreach (JsonNode item in list.Items)
        {
            ParameterModel parameter = ReadParameter(item, owner, parameters.Count, depth);
            parameters.Add(parameter);
            slots += parameter.Type.HeadSlots;
        }

        return slots <= SlotsMax
            ? parameters
            : throw new AbiDefectException(AbiRules.TooLarge, list.Span, $"Parameters take more than {SlotsMax} words");
    }

    private ParameterModel ReadParameter(JsonNode node, string owner, int index, int depth)
    {
        JsonNode type = Fields.Text(node, "type", "A parameter");
        string name = Fields.OptionalText(node, "name")?.Text ?? "";
        if (name.Length > 0)
        {
            Fields.ExpectName(node.Find("name")!, "A parameter");
        }

        return new ParameterModel(name, ReadType(node, type, owner, name, index, depth), Fields.Flag(node, "indexed"));
    }

    private TypeModel ReadType(JsonNode parameter, JsonNode node, string owner, string name, int index, int depth)
    {
        string text = node.Text;
        int bracket = text.IndexOf('[');
        string baseName = bracket < 0 ? text : text.Substring(0, bracket);
        TypeModel type = baseName == "tuple"
            ? ReadTuple(parameter, node, owner, name, index, depth)
            : TypeModel.Elementary(baseName)
                ?? throw new AbiDefectException(AbiRules.NotType, node.Span, $"'{Shown(baseName)}' is no type of the Solidity ABI");

        int at = baseName.Length;
        while (at < text.Length)
        {
            int end = text.IndexOf(']', at);
            if (text[at] != '[' || end < 0 || !TryReadLength(text.Substring(at + 1, end - at - 1), out int? length))
            {
                throw new AbiDefectException(AbiRules.NotType, node.PlaceOf(at), "'[]' or '[' digits ']' is needed here");
            }

            int count = length ?? 0;
            Check(type.Depth + 1, type.IsDynamic ? count : Math.Max(count, (long)type.HeadSlots * count), node);
            type = types.Array(type, length);
            at = end + 1;
        }

        return type;
    }

    private TypeModel ReadTuple(JsonNode parameter, JsonNode type, string owner, string name, int index, int depth)
    {
        Check(depth + 1, 0, type);
        JsonNode components = parameter.Find("components")
            ?? throw new AbiDefectException(AbiRules.NotAbi, parameter.Span, "A tuple needs 'components'");
        string place = Names.Pascal(name) is { Length: > 0 } pascal ? pascal : "Arg" + index.ToString(CultureInfo.InvariantCulture);
        string structName = StructName(Fields.OptionalText(parameter, "internalType")?.Text) ?? owner + place;
        if (structName.Length > Names.LengthMax)
        {
            structName = "Unnamed";
        }

        IReadOnlyList<ParameterModel> fields = ReadParameters(components, structName, depth + 1);
        TypeModel tuple = types.Tuple(structName, fields);
        Check(tuple.Depth, tuple.HeadSlots, type);
        return tuple;
    }

    // solc names the struct that a tuple is: "struct IEntryPoint.UserOp[]".
    private static string? StructName(string? internalType)
    {
        if (internalType is null || !internalType.StartsWith(StructPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        string path = internalType.Substring(StructPrefix.Length);
        int bracket = path.IndexOf('[');
        path = bracket < 0 ? path : path.Substring(0, bracket);
        string name = path.Substring(path.LastIndexOf('.') + 1);
        return Names.IsSolidity(name) && Names.Pascal(name) is { Length: > 0 } pascal ? pascal : null;
    }

    private static void Check(int depth, long slots, JsonNode type)
    {
        if (depth > DepthMax)
        {
            throw new AbiDefectException(AbiRules.TooLarge, type.Span, $"Types are nested deeper than {DepthMax}");
        }

        if (slots > SlotsMax)
        {
            throw new AbiDefectException(AbiRules.TooLarge, type.Span, $"A static type is larger than {SlotsMax} words");
        }
    }

    // Plain digits without a leading zero: one type has one spelling.
    private static bool TryReadLength(string digits, out int? length)
    {
        length = null;
        if (digits.Length == 0)
        {
            return true;
        }

        bool isPlain = digits.Length <= 7
            && (digits[0] != '0' || digits == "0")
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && (length = number) is not null;
        return isPlain;
    }

    private static string Shown(string text) => text.Length <= 40 ? text : text.Substring(0, 40) + "…";
}
