using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>What a call of this type can do to money.</summary>
internal enum CallRisk
{
    /// <summary>It moves funds of the account: a hold is required.</summary>
    MovesFunds,

    /// <summary>It lets somebody else move funds later; nothing moves now.</summary>
    GrantsAllowance,
}

/// <summary>A typed request that knows how to encode itself. Pure: no I/O, no clock.</summary>
internal interface ITypedCall
{
    EncodedCall Encode(Address sender);
}

/// <summary>An entry of the call registry.</summary>
/// <param name="Name"><c>family.verb</c>, part of the public API.</param>
/// <param name="Signature">The contract function, or nothing for a plain transfer of the native coin.</param>
/// <param name="Bind">Makes the typed request of arguments that passed every field's check, or says what is wrong across fields.</param>
internal sealed record CallType(
    string Name,
    string Description,
    string? Signature,
    CallRisk Risk,
    IReadOnlyList<CallField> Fields,
    Func<CallArguments, ITypedCall> Bind)
{
    /// <summary>The JSON schema of the typed request.</summary>
    public JsonObject Schema()
    {
        var properties = new JsonObject();
        foreach (CallField field in Fields)
            properties[field.Name] = field.Schema();
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. Fields.Select(field => (JsonNode)field.Name)]),
            ["additionalProperties"] = false,
        };
    }

    /// <summary>Checks every field and reports all that is wrong, each by its pointer below <paramref name="pointer"/>.</summary>
    public ITypedCall? Read(JsonElement args, string pointer, List<FieldError> errors)
    {
        if (args.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError(pointer, "invalid_type", "args must be an object."));
            return null;
        }

        int before = errors.Count;
        foreach (JsonProperty property in args.EnumerateObject())
        {
            if (!Fields.Any(field => field.Name == property.Name))
                errors.Add(new FieldError(JsonPointer.Join(pointer, property.Name), "unknown_field", $"{Name} has no such argument."));
        }

        var values = new Dictionary<string, object>();
        foreach (CallField field in Fields)
        {
            if (!args.TryGetProperty(field.Name, out JsonElement value))
                errors.Add(new FieldError(JsonPointer.Join(pointer, field.Name), "required", $"{field.Name} is required."));
            else if (field.Read(value, JsonPointer.Join(pointer, field.Name), errors) is { } parsed)
                values[field.Name] = parsed;
        }

        if (errors.Count > before)
            return null;
        var arguments = new CallArguments(values, pointer, errors);
        ITypedCall call = Bind(arguments);
        return errors.Count > before ? null : call;
    }
}

/// <summary>The checked arguments of one call.</summary>
internal sealed class CallArguments(IReadOnlyDictionary<string, object> values, string pointer, List<FieldError> errors)
{
    public Address Address(string field) => (Address)values[field];

    public TokenAmount Amount(string field) => (TokenAmount)values[field];

    /// <summary>Refuses the call for a reason that one field alone does not show.</summary>
    public void Refuse(string field, string code, string message) =>
        errors.Add(new FieldError(JsonPointer.Join(pointer, field), code, message));
}
