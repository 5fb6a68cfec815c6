namespace ChainExec.Ethereum.TypedData;

/// <summary>What separates one application's messages from another's (EIP-712). Its type is made of the fields that are not null.</summary>
/// <param name="Name">The application's name.</param>
/// <param name="Version">The version of its messages.</param>
/// <param name="ChainId">The chain on which they count.</param>
/// <param name="VerifyingContract">The contract that verifies them.</param>
/// <param name="Salt">A last resort to separate two applications.</param>
public sealed record TypedDataDomain(
    string? Name = null, string? Version = null, UInt256? ChainId = null, Address? VerifyingContract = null, Hash32? Salt = null)
{
    private static readonly TypedDataField[] StandardFields =
    [
        new("name", "string"),
        new("version", "string"),
        new("chainId", "uint256"),
        new("verifyingContract", "address"),
        new("salt", "bytes32"),
    ];

    /// <summary>The hash of the domain, which every digest of its messages covers.</summary>
    /// <exception cref="TypedDataException">A text holds half a surrogate pair.</exception>
    public Hash32 Separator()
    {
        Dictionary<string, object?> members = Members();
        var types = new TypedDataTypes(new Dictionary<string, IReadOnlyList<TypedDataField>>
        {
            [TypedDataTypes.DomainName] = FieldsOf(members.Keys),
        });
        return new TypedDataEncoder(types, "domain").HashStruct(types.Find(TypedDataTypes.DomainName), members);
    }

    /// <summary>The fields of a domain that has members of these names, in the order of the standard. Other names are left out, and are
    /// refused when the members are read by these fields.</summary>
    internal static IReadOnlyList<TypedDataField> FieldsOf(IReadOnlyCollection<string> names) =>
        [.. StandardFields.Where(field => names.Contains(field.Name))];

    /// <summary>The members that are not null.</summary>
    internal Dictionary<string, object?> Members()
    {
        var members = new Dictionary<string, object?>(StringComparer.Ordinal);
        Add("name", Name);
        Add("version", Version);
        Add("chainId", ChainId);
        Add("verifyingContract", VerifyingContract);
        Add("salt", Salt);
        return members;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                members.Add(name, value);
            }
        }
    }
}
