using System.Globalization;
using System.Text;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Admission;

/// <summary>
/// Reads the body of a request for an intent and reports everything that is wrong with it, each by its JSON pointer. Pure.
/// </summary>
internal sealed class IntentRequestReader(CallRegistry registry, ChainDirectory chains, TimeProvider clock)
{
    private const int CallsMax = 64;
    private const int DependenciesMax = 16;
    private const int TagsMax = 16;
    private const int LabelLengthMax = 64;
    private const int ReferenceLengthMax = 128;
    private const int ContextBytesMax = 8 * 1024;

    private static readonly JsonElement EmptyObject = JsonSerializer.Deserialize<JsonElement>("{}");
    private static readonly string[] Fields = ["chain", "account", "calls", "client_reference", "deadline", "max_total_fee", "after",
        "on_revert", "priority", "batch"];
    private static readonly string[] CallFields = ["type", "args", "category", "tags", "context"];

    /// <summary>The request, or nothing and at least one error.</summary>
    public IntentRequest? Read(JsonElement body, List<FieldError> errors)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError("", "invalid_type", "The body must be a JSON object."));
            return null;
        }

        RefuseUnknown(body, "", Fields, errors);
        ChainProfile? chain = ReadChain(body, errors);
        AccountReference? account = ReadAccount(body, errors);
        List<RequestedCall> calls = ReadCalls(body, errors);
        string? reference = ReadText(body, "", "client_reference", ReferenceLengthMax, errors);
        DateTimeOffset? deadline = ReadDeadline(body, errors);
        TokenAmount? maxTotalFee = body.TryGetProperty("max_total_fee", out JsonElement fee)
            ? AmountField.ReadAmount(fee, "/max_total_fee", allowZero: false, errors)
            : null;
        List<Guid> after = ReadAfter(body, errors);
        RevertPolicy onRevert = ReadOnRevert(body, errors);
        int priority = ReadPriority(body, errors);
        bool shares = ReadBatch(body, errors);
        return errors.Count > 0
            ? null
            : new IntentRequest(chain!, account!, calls, reference, deadline, maxTotalFee, after, onRevert, priority, shares);
    }

    private static RevertPolicy ReadOnRevert(JsonElement body, List<FieldError> errors)
    {
        if (!body.TryGetProperty("on_revert", out JsonElement value))
            return RevertPolicy.Fail;
        foreach (RevertPolicy policy in Enum.GetValues<RevertPolicy>())
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(EnumText.Of(policy)))
                return policy;
        }

        errors.Add(new FieldError("/on_revert", "invalid_on_revert", "on_revert is fail or retry."));
        return RevertPolicy.Fail;
    }

    private static int ReadPriority(JsonElement body, List<FieldError> errors)
    {
        if (!body.TryGetProperty("priority", out JsonElement value))
            return Intent.PriorityDefault;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int priority) && priority is >= 0 and <= Intent.PriorityMax)
            return priority;
        errors.Add(new FieldError("/priority", "invalid_priority", $"priority is a whole number from 0 to {Intent.PriorityMax}."));
        return Intent.PriorityDefault;
    }

    private static bool ReadBatch(JsonElement body, List<FieldError> errors)
    {
        if (!body.TryGetProperty("batch", out JsonElement value))
            return true;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            errors.Add(new FieldError("/batch", "invalid_batch", "batch is true or false."));
        return value.ValueKind != JsonValueKind.False;
    }

    private ChainProfile? ReadChain(JsonElement body, List<FieldError> errors)
    {
        if (!Required(body, "", "chain", errors, out JsonElement value))
            return null;
        string? text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        if (text is null)
        {
            errors.Add(new FieldError("/chain", "invalid_type", "A chain is its id or its name."));
            return null;
        }

        ChainProfile? chain = chains.Find(text);
        if (chain is null)
            errors.Add(new FieldError("/chain", "unknown_chain", "This service does not work on that chain."));
        return chain;
    }

    private static AccountReference? ReadAccount(JsonElement body, List<FieldError> errors)
    {
        if (!Required(body, "", "account", errors, out JsonElement value))
            return null;
        if (value.ValueKind == JsonValueKind.String && PublicId.TryParse(AccountId.Prefix, value.GetString(), out Guid id))
            return new AccountReference(null, id);
        return AddressField.ReadAddress(value, "/account", errors) is { } address ? new AccountReference(address, null) : null;
    }

    private List<RequestedCall> ReadCalls(JsonElement body, List<FieldError> errors)
    {
        var calls = new List<RequestedCall>();
        if (!Required(body, "", "calls", errors, out JsonElement value))
            return calls;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > CallsMax)
        {
            errors.Add(new FieldError("/calls", "invalid_calls", $"calls must be an array of 1 to {CallsMax} calls."));
            return calls;
        }

        int index = 0;
        foreach (JsonElement element in value.EnumerateArray())
        {
            if (ReadCall(element, JsonPointer.Join("/calls", index++), errors) is { } call)
                calls.Add(call);
        }

        return calls;
    }

    private RequestedCall? ReadCall(JsonElement element, string pointer, List<FieldError> errors)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError(pointer, "invalid_type", "A call must be an object."));
            return null;
        }

        int before = errors.Count;
        RefuseUnknown(element, pointer, CallFields, errors);
        CallType? type = ReadType(element, pointer, errors);
        ITypedCall? call = null;
        JsonElement args = default;
        if (Required(element, pointer, "args", errors, out args) && type is not null)
            call = type.Read(args, pointer + "/args", errors);
        string? category = ReadText(element, pointer, "category", LabelLengthMax, errors);
        IReadOnlyList<string> tags = ReadTags(element, pointer, errors);
        JsonElement context = ReadContext(element, pointer, errors);
        return errors.Count > before ? null : new RequestedCall(type!, call!, args.Clone(), category, tags, context);
    }

    private CallType? ReadType(JsonElement element, string pointer, List<FieldError> errors)
    {
        if (!Required(element, pointer, "type", errors, out JsonElement value))
            return null;
        CallType? type = value.ValueKind == JsonValueKind.String ? registry.Find(value.GetString()!) : null;
        if (type is null)
            errors.Add(new FieldError(pointer + "/type", "unknown_call_type", "No such call type; GET /v1/call-types lists them."));
        return type;
    }

    private static List<string> ReadTags(JsonElement element, string pointer, List<FieldError> errors)
    {
        var tags = new List<string>();
        if (!element.TryGetProperty("tags", out JsonElement value))
            return tags;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > TagsMax
            || value.EnumerateArray().Any(tag => tag.ValueKind != JsonValueKind.String || tag.GetString()!.Length is 0 or > LabelLengthMax))
        {
            errors.Add(new FieldError(
                pointer + "/tags", "invalid_tags", $"tags are at most {TagsMax} strings of 1 to {LabelLengthMax} characters."));
            return tags;
        }

        tags.AddRange(value.EnumerateArray().Select(tag => tag.GetString()!));
        return tags;
    }

    private static JsonElement ReadContext(JsonElement element, string pointer, List<FieldError> errors)
    {
        if (!element.TryGetProperty("context", out JsonElement value))
            return EmptyObject;
        if (value.ValueKind != JsonValueKind.Object || Encoding.UTF8.GetByteCount(value.GetRawText()) > ContextBytesMax)
            errors.Add(
                new FieldError(pointer + "/context", "invalid_context", $"context is a JSON object of at most {ContextBytesMax} bytes."));
        return value.Clone();
    }

    private DateTimeOffset? ReadDeadline(JsonElement body, List<FieldError> errors)
    {
        if (!body.TryGetProperty("deadline", out JsonElement value))
            return null;
        if (value.ValueKind != JsonValueKind.String || !DateTimeOffset.TryParse(
            value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset deadline))
        {
            errors.Add(new FieldError("/deadline", "invalid_deadline", "A deadline is an RFC 3339 time."));
            return null;
        }

        if (deadline <= clock.GetUtcNow())
            errors.Add(new FieldError("/deadline", "deadline_passed", "The deadline is not in the future."));
        return deadline;
    }

    private static List<Guid> ReadAfter(JsonElement body, List<FieldError> errors)
    {
        var after = new List<Guid>();
        if (!body.TryGetProperty("after", out JsonElement value))
            return after;
        JsonElement[] ids = value.ValueKind switch
        {
            JsonValueKind.Array when value.GetArrayLength() <= DependenciesMax => [.. value.EnumerateArray()],
            JsonValueKind.String => [value],
            _ => [],
        };
        if (ids.Length == 0 && value.ValueKind != JsonValueKind.Array)
            errors.Add(new FieldError("/after", "invalid_after", $"after is an intent's id or a list of at most {DependenciesMax}."));
        else if (ids.Length == 0 && value.GetArrayLength() > DependenciesMax)
            errors.Add(new FieldError("/after", "too_many", $"after names at most {DependenciesMax} intents."));
        for (int index = 0; index < ids.Length; index++)
        {
            if (ids[index].ValueKind == JsonValueKind.String && PublicId.TryParse(IntentId.Prefix, ids[index].GetString(), out Guid id))
            {
                if (!after.Contains(id))
                    after.Add(id);
            }
            else
            {
                errors.Add(new FieldError(JsonPointer.Join("/after", index), "invalid_intent", "Not an intent's id."));
            }
        }

        return after;
    }

    private static string? ReadText(JsonElement parent, string pointer, string field, int lengthMax, List<FieldError> errors)
    {
        if (!parent.TryGetProperty(field, out JsonElement value))
            return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length >= 1 && text.Length <= lengthMax
            && !text.Any(char.IsControl))
            return text;
        errors.Add(
            new FieldError(JsonPointer.Join(pointer, field), "invalid_text", $"{field} is a string of 1 to {lengthMax} characters."));
        return null;
    }

    private static bool Required(JsonElement parent, string pointer, string field, List<FieldError> errors, out JsonElement value)
    {
        if (parent.TryGetProperty(field, out value))
            return true;
        errors.Add(new FieldError(JsonPointer.Join(pointer, field), "required", $"{field} is required."));
        return false;
    }

    private static void RefuseUnknown(JsonElement element, string pointer, string[] known, List<FieldError> errors)
    {
        var seen = new HashSet<string>();
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                errors.Add(new FieldError(JsonPointer.Join(pointer, property.Name), "unknown_field", "There is no such field."));
            else if (!seen.Add(property.Name))
                errors.Add(new FieldError(JsonPointer.Join(pointer, property.Name), "duplicate_field", "The field is there twice."));
        }
    }
}
