using System.Globalization;
using ChainExec.Ethereum.Generators.Model;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>Code for one value of a type. Places are C# expressions: a number in a head, a variable in a tail.</summary>
internal static class ValueCode
{
    private const int Word = 32;

    /// <summary>Reads the value whose head is at <paramref name="at"/> in the sequence at <paramref name="start"/>.</summary>
    public static string Read(TypeModel type, string reader, string at, string start)
    {
        string place = type.IsDynamic ? $"{reader}.ReadOffset({at}, {start})" : at;
        return type.Kind switch
        {
            TypeKind.Unsigned when type.Size == 64 => $"{reader}.ReadUInt64({at}, 64)",
            TypeKind.Unsigned when type.Size < 64 => Cast(type, $"{reader}.ReadUInt64({at}, {Text(type.Size)})", "ulong"),
            TypeKind.Unsigned => $"{reader}.ReadUInt256({at}, {Text(type.Size)})",
            TypeKind.Signed when type.Size <= 64 => Cast(type, $"{reader}.ReadInt64({at}, {Text(type.Size)})", "long"),
            TypeKind.Signed => $"{reader}.ReadInt256({at}, {Text(type.Size)})",
            TypeKind.Address => $"{reader}.ReadAddress({at})",
            TypeKind.Bool => $"{reader}.ReadBool({at})",
            TypeKind.Hash => $"{reader}.ReadHash({at})",
            TypeKind.FixedBytes => $"{reader}.ReadFixedBytes({at}, {Text(type.Size)})",
            TypeKind.Bytes => $"{reader}.ReadBytes({place})",
            TypeKind.Text => $"{reader}.ReadText({place})",
            _ => $"AbiCodec.Read{type.Identifier}(ref {reader}, {place})",
        };
    }

    /// <summary>Statements that write the value to the head at <paramref name="at"/> and append its tail.</summary>
    public static IEnumerable<string> Write(TypeModel type, string value, string at, string start)
    {
        if (type.IsDynamic)
        {
            yield return $"writer.WriteOffset({at}, {start});";
        }

        string size = Text(type.Size);
        yield return type.Kind switch
        {
            TypeKind.Unsigned when type.Size <= 64 => $"writer.WriteUInt64({at}, {value}, {size});",
            TypeKind.Unsigned => $"writer.WriteUInt256({at}, {value}, {size});",
            TypeKind.Signed when type.Size <= 64 => $"writer.WriteInt64({at}, {value}, {size});",
            TypeKind.Signed => $"writer.WriteInt256({at}, {value}, {size});",
            TypeKind.Address => $"writer.WriteAddress({at}, {value});",
            TypeKind.Bool => $"writer.WriteBool({at}, {value});",
            TypeKind.Hash => $"writer.WriteHash({at}, {value});",
            TypeKind.FixedBytes => $"writer.WriteFixedBytes({at}, {value}, {size});",
            TypeKind.Bytes => $"writer.AppendBytes({value}.Span);",
            TypeKind.Text => $"writer.AppendText({value});",
            _ when type.IsDynamic => $"AbiCodec.Write{type.Identifier}(ref writer, {value});",
            _ => $"AbiCodec.Write{type.Identifier}(ref writer, {at}, {value});",
        };
    }

    /// <summary>Expressions that read fields which lie one behind the other from <paramref name="origin"/>.</summary>
    public static IReadOnlyList<string> ReadAll(IReadOnlyList<FieldModel> fields, string reader, string origin)
    {
        var reads = new List<string>();
        int slot = 0;
        foreach (FieldModel field in fields)
        {
            reads.Add(Read(field.Type, reader, Place(origin, slot), origin));
            slot += field.Type.HeadSlots;
        }

        return reads;
    }

    /// <summary>Statements that write fields one behind the other from <paramref name="origin"/>.</summary>
    public static IReadOnlyList<string> WriteAll(IReadOnlyList<FieldModel> fields, string prefix, string origin, bool namesArguments)
    {
        var writes = new List<string>();
        int slot = 0;
        for (int i = 0; i < fields.Count; i++)
        {
            if (namesArguments && CanFail(fields[i].Type))
            {
                writes.Add($"writer.Argument({Text(i)});");
            }

            writes.AddRange(Write(fields[i].Type, prefix + fields[i].Name, Place(origin, slot), origin));
            slot += fields[i].Type.HeadSlots;
        }

        return writes;
    }

    /// <summary>The place of a word: a sum that the generator makes when it can.</summary>
    public static string Place(string origin, int slot) =>
        int.TryParse(origin, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Text(number + Word * slot)
        : slot == 0 ? origin
        : $"{origin} + {Text(Word * slot)}";

    /// <summary>A number as C# writes it.</summary>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Whether a value of the C# type can be outside the ABI's type.
    private static bool CanFail(TypeModel type) => type.Kind switch
    {
        TypeKind.Unsigned or TypeKind.Signed => type.Size is not (8 or 16 or 32 or 64 or 256),
        TypeKind.Address or TypeKind.Bool or TypeKind.Hash => false,
        TypeKind.Struct => type.IsDynamic || type.Fields.Any(field => CanFail(field.Type)),
        _ => true,
    };

    private static string Cast(TypeModel type, string expression, string native) =>
        type.CSharp == native ? expression : $"({type.CSharp}){expression}";
}
