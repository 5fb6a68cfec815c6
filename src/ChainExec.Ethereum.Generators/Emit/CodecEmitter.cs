using ChainExec.Ethereum.Generators.Model;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>The structs of a contract, and the private methods that read and write its structs and lists.</summary>
internal static class CodecEmitter
{
    private const string Reader = "ref global::ChainExec.Ethereum.Abi.Generated.AbiSpanReader reader";
    private const string Writer = "ref global::ChainExec.Ethereum.Abi.Generated.AbiSpanWriter writer";

    /// <summary>Writes the struct that holds a tuple or a short array.</summary>
    public static void EmitStruct(CodeWriter code, TypeModel type)
    {
        code.Space();
        if (!type.IsArray)
        {
            Documents.Summary(code, $"The tuple <c>{type.Canonical}</c>.");
            Documents.Parameters(code, type.Fields);
            code.Write($"public readonly record struct {type.CSharp}{Documents.ParameterList(type.Fields)};");
            return;
        }

        string element = type.Element!.CSharp;
        Documents.Summary(code, $"The array <c>{type.Canonical}</c> by value.");
        code.Open($"public readonly record struct {type.CSharp}{Documents.ParameterList(type.Fields)}");
        code.Write("/// <summary>The number of elements.</summary>");
        code.Write($"public const int Length = {ValueCode.Text(type.Fields.Count)};");
        code.Space();
        code.Write("/// <summary>The element of that index.</summary>");
        code.Write("/// <exception cref=\"global::System.ArgumentOutOfRangeException\">There is none.</exception>");
        code.Open($"public {element} this[int index] => index switch");
        for (int i = 0; i < type.Fields.Count; i++)
        {
            code.Write($"{ValueCode.Text(i)} => {type.Fields[i].Name},");
        }

        code.Write("_ => throw new global::System.ArgumentOutOfRangeException(nameof(index)),");
        code.Close(";");
        code.Close();
    }

    /// <summary>Writes the class with the methods; none when nothing needs one.</summary>
    public static void EmitCodec(CodeWriter code, TypeTable types)
    {
        if (types.Structs.Count + types.Lists.Count == 0)
        {
            return;
        }

        code.Space();
        code.Open("private static class AbiCodec");
        bool isFirst = true;
        foreach (TypeModel type in types.Structs.Concat(types.Lists))
        {
            if (!isFirst)
            {
                code.Space();
            }

            isFirst = false;
            if (type.Kind == TypeKind.Struct)
            {
                EmitStructReader(code, type);
                EmitStructWriter(code, type);
            }
            else
            {
                EmitListReader(code, type);
                EmitListWriter(code, type);
            }
        }

        code.Close();
    }

    private static void EmitStructReader(CodeWriter code, TypeModel type)
    {
        string count = ValueCode.Text(type.Fields.Count);
        code.Open($"internal static {type.CSharp} Read{type.Identifier}({Reader}, int at)");
        code.Write(type.IsDynamic
            ? $"reader.TakeTail(at, {ValueCode.Text(type.FieldSlots)}, {count});"
            : $"reader.TakeItems({count}, at);");
        code.Write($"return new {type.CSharp}{Documents.List(ValueCode.ReadAll(type.Fields, "reader", "at"))};");
        code.Close();
        code.Space();
    }

    private static void EmitStructWriter(CodeWriter code, TypeModel type)
    {
        code.Open($"internal static void Write{type.Identifier}({Writer}, {(type.IsDynamic ? "" : "int at, ")}in {type.CSharp} value)");
        if (type.IsDynamic)
        {
            code.Write($"int at = writer.AppendHeads({ValueCode.Text(type.FieldSlots)});");
        }

        Lines(code, ValueCode.WriteAll(type.Fields, "value.", "at", namesArguments: false));
        code.Close();
    }

    private static void EmitListReader(CodeWriter code, TypeModel type)
    {
        TypeModel element = type.Element!;
        string slots = ValueCode.Text(element.HeadSlots);
        string length = ValueCode.Text(type.FixedLength ?? 0);
        code.Open($"internal static {type.CSharp} Read{type.Identifier}({Reader}, int at)");
        if (type.FixedLength is null)
        {
            code.Write($"int count = reader.TakeList(ref at, {slots});");
        }
        else if (type.IsDynamic)
        {
            code.Write($"int count = reader.TakeTail(at, {ValueCode.Text(element.HeadSlots * type.FixedLength.Value)}, {length});");
        }
        else
        {
            code.Write($"int count = reader.TakeItems({length}, at);");
        }

        code.Open("if (count == 0)");
        code.Write($"return global::System.Array.Empty<{element.CSharp}>();");
        code.Close();
        code.Space();
        code.Write($"var items = new {element.CSharp}[count];");
        code.Open("for (int i = 0; i < items.Length && reader.IsValid; i++)");
        code.Write($"items[i] = {ValueCode.Read(element, "reader", ItemPlace(element), "at")};");
        code.Close();
        code.Space();
        code.Write("return items;");
        code.Close();
        code.Space();
    }

    private static void EmitListWriter(CodeWriter code, TypeModel type)
    {
        TypeModel element = type.Element!;
        code.Open($"internal static void Write{type.Identifier}({Writer}, {(type.IsDynamic ? "" : "int at, ")}{type.CSharp} value)");
        code.Write(type.FixedLength is null
            ? "int count = writer.CountOf(value);"
            : $"int count = writer.CountOf(value, {ValueCode.Text(type.FixedLength.Value)});");
        if (type.FixedLength is null)
        {
            code.Write($"int at = writer.AppendList(count, {ValueCode.Text(element.HeadSlots)});");
        }
        else if (type.IsDynamic)
        {
            code.Write($"int at = writer.AppendHeads({ValueCode.Text(element.HeadSlots * type.FixedLength.Value)});");
        }

        code.Open("for (int i = 0; i < count; i++)");
        Lines(code, [.. ValueCode.Write(element, "value[i]", ItemPlace(element), "at")]);
        code.Close();
        code.Close();
    }

    private static string ItemPlace(TypeModel element) => $"at + {ValueCode.Text(32 * element.HeadSlots)} * i";

    private static void Lines(CodeWriter code, IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            code.Write(line);
        }
    }
}
