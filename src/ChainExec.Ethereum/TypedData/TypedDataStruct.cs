namespace ChainExec.Ethereum.TypedData;

/// <summary>A struct type whose fields are parsed.</summary>
internal sealed class TypedDataStruct
{
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);

    internal TypedDataStruct(string name, IReadOnlyList<TypedDataField> fields)
    {
        Name = name;
        Fields = fields;
        var types = new TypedDataType[fields.Count];
        for (int i = 0; i < fields.Count; i++)
        {
            (string field, string type) = fields[i];
            string path = $"types.{name}[{i}]";
            if (field.Length > TypedDataTypes.NameLengthMax || !TypedDataType.IsName(field))
            {
                throw new TypedDataException("The name of the field is not usable", path);
            }

            if (!_indexes.TryAdd(field, i))
            {
                throw new TypedDataException($"The field '{field}' is declared twice", path);
            }

            TypedDataType? parsed = type.Length > TypedDataTypes.NameLengthMax ? null : TypedDataType.Parse(type);
            types[i] = parsed ?? throw new TypedDataException($"The type of the field '{field}' is none of EIP-712", path);
        }

        Types = types;
    }

    internal string Name { get; }

    internal IReadOnlyList<TypedDataField> Fields { get; }

    internal IReadOnlyList<TypedDataType> Types { get; }

    /// <summary>Kept once it is known; it depends on the other structs.</summary>
    internal Hash32? TypeHash { get; set; }

    internal bool TryFind(string field, out int index) => _indexes.TryGetValue(field, out index);
}
