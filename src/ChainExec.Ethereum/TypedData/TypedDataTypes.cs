using System.Text;

namespace ChainExec.Ethereum.TypedData;

/// <summary>
/// The struct types of a message (EIP-712), checked: every name and type is well-formed and every struct referred to is declared.
/// Structs may refer to themselves and to each other.
/// </summary>
public sealed class TypedDataTypes
{
    /// <summary>The struct that separates one application's messages from another's.</summary>
    public const string DomainName = "EIP712Domain";

    /// <summary>The most structs accepted.</summary>
    public const int StructsMax = 256;

    /// <summary>The most fields accepted in all structs together.</summary>
    public const int FieldsMax = 2048;

    /// <summary>The longest name or type accepted, in characters.</summary>
    public const int NameLengthMax = 128;

    private readonly Dictionary<string, TypedDataStruct> _structs = new(StringComparer.Ordinal);

    /// <summary>Checks and holds the structs by their names.</summary>
    /// <exception cref="TypedDataException">A name or type is not well-formed, a field is declared twice, a struct is missing or has the
    /// name of an elementary type, or there are more than the bounds allow.</exception>
    public TypedDataTypes(IReadOnlyDictionary<string, IReadOnlyList<TypedDataField>> structs)
    {
        ArgumentNullException.ThrowIfNull(structs);
        if (structs.Count > StructsMax || structs.Values.Sum(fields => (long)fields.Count) > FieldsMax)
        {
            throw new TypedDataException($"There are more than {StructsMax} structs or {FieldsMax} fields", "types");
        }

        foreach ((string name, IReadOnlyList<TypedDataField> fields) in structs)
        {
            if (name.Length > NameLengthMax || !TypedDataType.IsName(name) || TypedDataType.IsReserved(name))
            {
                throw new TypedDataException("A struct has a name that is not usable", "types");
            }

            _structs.Add(name, new TypedDataStruct(name, fields));
        }

        foreach (TypedDataStruct declared in _structs.Values)
        {
            for (int i = 0; i < declared.Types.Count; i++)
            {
                if (declared.Types[i].BaseStruct is { } referred && !_structs.ContainsKey(referred))
                {
                    throw new TypedDataException($"The struct '{referred}' is not declared", $"types.{declared.Name}[{i}]");
                }
            }
        }
    }

    /// <summary>True when a struct of that name is declared.</summary>
    public bool Contains(string name) => _structs.ContainsKey(name);

    /// <summary>
    /// The encoding of a struct's type: its declaration, then those of all structs that it refers to, in the order of their names.
    /// </summary>
    /// <exception cref="TypedDataException">There is no such struct.</exception>
    public string EncodeType(string name)
    {
        TypedDataStruct root = Find(name);
        var found = new SortedDictionary<string, TypedDataStruct>(StringComparer.Ordinal) { [name] = root };
        var open = new Stack<TypedDataStruct>([root]);
        while (open.TryPop(out TypedDataStruct? current))
        {
            foreach (TypedDataType type in current.Types)
            {
                if (type.BaseStruct is { } referred && found.TryAdd(referred, _structs[referred]))
                {
                    open.Push(_structs[referred]);
                }
            }
        }

        var text = new StringBuilder();
        Append(text, root);
        foreach (TypedDataStruct other in found.Values)
        {
            if (other != root)
            {
                Append(text, other);
            }
        }

        return text.ToString();
    }

    /// <summary>The hash of <see cref="EncodeType"/>, with which the encoding of a struct's values begins.</summary>
    /// <exception cref="TypedDataException">There is no such struct.</exception>
    public Hash32 TypeHash(string name)
    {
        TypedDataStruct type = Find(name);
        return type.TypeHash ??= Keccak256.Hash(Encoding.ASCII.GetBytes(EncodeType(name)));
    }

    internal TypedDataStruct Find(string name) => _structs.TryGetValue(name, out TypedDataStruct? type)
        ? type
        : throw new TypedDataException($"The struct '{name}' is not declared", "types");

    private static void Append(StringBuilder text, TypedDataStruct type)
    {
        text.Append(type.Name).Append('(');
        text.AppendJoin(',', type.Fields.Select(field => $"{field.Type} {field.Name}"));
        text.Append(')');
    }
}
