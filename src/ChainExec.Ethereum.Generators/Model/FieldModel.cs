namespace ChainExec.Ethereum.Generators.Model;

/// <summary>A parameter or a component, as a property of a generated type.</summary>
internal sealed class FieldModel(string name, string solidityName, TypeModel type, bool isIndexed)
{
    private const string Hash = "global::ChainExec.Ethereum.Hash32";

    /// <summary>The property.</summary>
    public string Name { get; } = name;

    /// <summary>The name in the ABI; may be empty.</summary>
    public string SolidityName { get; } = solidityName;

    /// <summary>Its type.</summary>
    public TypeModel Type { get; } = type;

    /// <summary>True when a topic holds it.</summary>
    public bool IsIndexed { get; } = isIndexed;

    /// <summary>True when the topic holds only the hash of the value.</summary>
    public bool IsHashed => IsIndexed && (Type.IsDynamic || Type.Kind is TypeKind.List or TypeKind.Struct);

    /// <summary>The property's type in C#.</summary>
    public string CSharp => IsHashed ? Hash : Type.CSharp;
}
