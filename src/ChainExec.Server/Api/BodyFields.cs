using System.Globalization;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Storage;

namespace ChainExec.Server.Api;

/// <summary>Reads the fields of one JSON object and collects everything that is wrong, each by its JSON pointer.</summary>
internal sealed class BodyFields
{
    private readonly JsonElement _object;
    private readonly string _pointer;
    private readonly List<FieldError> _errors;

    /// <param name="value">What should be an object.</param>
    /// <param name="pointer">Where it stands in the body; empty for the body itself.</param>
    /// <param name="errors">What is wrong goes here.</param>
    /// <param name="known">Its fields; another one is refused, for a misspelt field must not be ignored.</param>
    public BodyFields(JsonElement value, string pointer, List<FieldError> errors, params ReadOnlySpan<string> known)
    {
        (_pointer, _errors) = (pointer, errors);
        if (value.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError(pointer, "invalid_type", "This is a JSON object."));
            return;
        }

        _object = value;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                Refuse(property.Name, "unknown_field", "There is no such field.");
        }
    }

    /// <summary>The field as it stands, if it is there and not null.</summary>
    public JsonElement? Raw(string name) =>
        _object.ValueKind == JsonValueKind.Object && _object.TryGetProperty(name, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Where a field stands.</summary>
    public string PointerOf(string name) => $"{_pointer}/{name}";

    /// <summary>A text of 1 to so many characters; nothing when it is absent.</summary>
    public string? Text(string name, int lengthMax)
    {
        if (Raw(name) is not { } value)
            return null;
        string? text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (text is { Length: > 0 } && text.Length <= lengthMax && !text.Any(char.IsControl))
            return text;
        Refuse(name, "invalid_text", $"{name} is a string of 1 to {lengthMax} characters.");
        return null;
    }

    /// <summary>A text that must be there; empty when it is not.</summary>
    public string RequiredText(string name, int lengthMax)
    {
        if (Raw(name) is null)
            Refuse(name, "required", $"{name} is required.");
        return Text(name, lengthMax) ?? "";
    }

    /// <summary>An amount; nothing when it is absent.</summary>
    public TokenAmount? Amount(string name, bool allowZero)
    {
        if (Raw(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && TokenAmount.TryParse(value.GetString(), out TokenAmount amount)
            && (allowZero || !amount.IsZero))
            return amount;
        Refuse(name, "invalid_amount", $"{name} is a decimal string of base units{(allowZero ? "" : " above zero")}.");
        return null;
    }

    /// <summary>An amount above zero that must be there.</summary>
    public TokenAmount RequiredAmount(string name)
    {
        if (Raw(name) is null)
            Refuse(name, "required", $"{name} is required.");
        return Amount(name, allowZero: false) ?? TokenAmount.Zero;
    }

    /// <summary>A moment with its offset; nothing when it is absent.</summary>
    public DateTimeOffset? Time(string name)
    {
        if (Raw(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && TryTime(value.GetString(), out DateTimeOffset time))
            return time;
        Refuse(name, "invalid_time", $"{name} is a time such as 2026-01-31T00:00:00Z.");
        return null;
    }

    /// <summary>One of a few words; nothing when it is absent.</summary>
    public T? Word<T>(string name)
        where T : struct, Enum
    {
        if (Raw(name) is not { } value)
            return null;
        foreach (T word in Enum.GetValues<T>())
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(EnumText.Of(word)))
                return word;
        }

        Refuse(name, $"invalid_{name}", $"{name} is one of {string.Join(", ", Enum.GetValues<T>().Select(word => EnumText.Of(word)))}.");
        return null;
    }

    /// <summary>Yes or no; nothing when it is absent.</summary>
    public bool? Flag(string name)
    {
        if (Raw(name) is not { } value)
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Refuse(name, "invalid_type", $"{name} is true or false.");
        return null;
    }

    /// <summary>A whole number within bounds; nothing when it is absent.</summary>
    public int? Number(string name, int min, int max)
    {
        if (Raw(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= min && number <= max)
            return number;
        Refuse(name, $"invalid_{name}", $"{name} is a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>The items of an array with their pointers; refused unless there are so many.</summary>
    public IReadOnlyList<(JsonElement Item, string Pointer)> Items(string name, int min, int max)
    {
        if (Raw(name) is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() >= min && array.GetArrayLength() <= max)
            return [.. array.EnumerateArray().Select((item, index) => (item, JsonPointer.Join(PointerOf(name), index)))];
        Refuse(name, $"invalid_{name}", $"{name} is an array of {min} to {max} items.");
        return [];
    }

    /// <summary>An id of ours; nothing when it is absent.</summary>
    public Guid? Id(string name, string prefix)
    {
        if (Raw(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.String && PublicId.TryParse(prefix, value.GetString(), out Guid id))
            return id;
        Refuse(name, "invalid_id", $"{name} is an id: {prefix}_ and 32 hexadecimal digits.");
        return null;
    }

    /// <summary>Adds what is wrong with a field.</summary>
    public void Refuse(string name, string code, string message) => _errors.Add(new FieldError(PointerOf(name), code, message));

    /// <summary>Reads a moment with its offset.</summary>
    public static bool TryTime(string? text, out DateTimeOffset time)
    {
        time = default;
        return text is { Length: >= 20 and <= 40 } && text[10] == 'T' && (text[^1] == 'Z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
