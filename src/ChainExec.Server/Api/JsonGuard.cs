using System.Globalization;
using System.Text.Json;
using ChainExec.Calls;

namespace ChainExec.Server.Api;

/// <summary>
/// Finds what JSON allows and a database or another reader would understand differently: repeated members, text that is no Unicode,
/// the NUL character, numbers of any size. Refused at the door, so that nothing behind it has to think of them.
/// </summary>
internal static class JsonGuard
{
    private const int ErrorsMax = 20;
    private const int NumberLengthMax = 64;
    private const int ExponentMax = 300;

    /// <summary>What is wrong, by pointer; empty when nothing is. The depth was bounded by the parser.</summary>
    public static List<FieldError> Check(JsonElement root)
    {
        var errors = new List<FieldError>();
        Check(root, "", errors);
        return errors;
    }

    private static void Check(JsonElement value, string pointer, List<FieldError> errors)
    {
        if (errors.Count >= ErrorsMax)
            return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                CheckObject(value, pointer, errors);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                    Check(item, JsonPointer.Join(pointer, index++), errors);
                break;
            case JsonValueKind.String when !IsText(value.GetString):
                errors.Add(new FieldError(pointer, "invalid_text", "The text holds a NUL or half of a surrogate pair."));
                break;
            case JsonValueKind.Number when !IsPlainNumber(value.GetRawText()):
                errors.Add(new FieldError(pointer, "invalid_number", $"A number has at most {NumberLengthMax} characters."));
                break;
            default:
                break;
        }
    }

    private static void CheckObject(JsonElement value, string pointer, List<FieldError> errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (!IsText(() => property.Name))
            {
                errors.Add(new FieldError(pointer, "invalid_text", "A member's name holds a NUL or half of a surrogate pair."));
                continue;
            }

            string inner = JsonPointer.Join(pointer, property.Name);
            if (!names.Add(property.Name))
                errors.Add(new FieldError(inner, "duplicate_field", "The field is there twice."));
            Check(property.Value, inner, errors);
        }
    }

    private static bool IsText(Func<string?> read)
    {
        try
        {
            return read()?.Contains('\0', StringComparison.Ordinal) != true;
        }
        catch (InvalidOperationException)
        {
            // How the reader says that an escape sequence is no Unicode text.
            return false;
        }
    }

    private static bool IsPlainNumber(string raw)
    {
        if (raw.Length > NumberLengthMax)
            return false;
        int exponentAt = raw.AsSpan().IndexOfAny('e', 'E');
        return exponentAt < 0
            || (int.TryParse(raw.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int exponent)
                && Math.Abs(exponent) <= ExponentMax);
    }
}
