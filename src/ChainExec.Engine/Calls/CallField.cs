using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;

namespace ChainExec.Calls;

/// <summary>One argument of a call type: how it is read, refused and described.</summary>
internal abstract record CallField(string Name, string Description)
{
    /// <summary>The value, or nothing and an error.</summary>
    public abstract object? Read(JsonElement value, string pointer, List<FieldError> errors);

    public abstract JsonObject Schema();
}

/// <summary>An address: 0x and 40 hex digits; mixed case must be a valid EIP-55 checksum; never the zero address.</summary>
internal sealed record AddressField(string Name, string Description) : CallField(Name, Description)
{
    public override object? Read(JsonElement value, string pointer, List<FieldError> errors) => ReadAddress(value, pointer, errors);

    public override JsonObject Schema() => new()
    {
        ["type"] = "string",
        ["format"] = "address",
        ["pattern"] = "^0x[0-9a-fA-F]{40}$",
        ["description"] = Description,
    };

    public static Address? ReadAddress(JsonElement value, string pointer, List<FieldError> errors)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            errors.Add(new FieldError(pointer, "invalid_type", "An address is a string."));
            return null;
        }

        if (!Address.TryParse(value.GetString(), out Address address, out string? error))
        {
            errors.Add(new FieldError(pointer, "invalid_address", error ?? "Not an address."));
            return null;
        }

        if (address == Address.Zero)
        {
            errors.Add(new FieldError(pointer, "zero_address", "The zero address burns what it receives."));
            return null;
        }

        return address;
    }
}

/// <summary>An amount: a decimal string of base units, at most 2^256 - 1.</summary>
internal sealed record AmountField(string Name, string Description, bool AllowZero = false) : CallField(Name, Description)
{
    public override object? Read(JsonElement value, string pointer, List<FieldError> errors) =>
        ReadAmount(value, pointer, AllowZero, errors);

    public override JsonObject Schema() => new()
    {
        ["type"] = "string",
        ["format"] = "base-units",
        ["pattern"] = AllowZero ? "^(0|[1-9][0-9]{0,77})$" : "^[1-9][0-9]{0,77}$",
        ["description"] = Description,
    };

    public static TokenAmount? ReadAmount(JsonElement value, string pointer, bool allowZero, List<FieldError> errors)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            errors.Add(new FieldError(pointer, "invalid_type", "An amount is a decimal string of base units, never a JSON number."));
            return null;
        }

        string text = value.GetString()!;
        if (TokenAmount.TryParse(text, out TokenAmount amount))
        {
            if (allowZero || !amount.IsZero)
                return amount;
            errors.Add(new FieldError(pointer, "amount_zero", "The amount must be above zero."));
            return null;
        }

        (string code, string message) = text switch
        {
            ['-', ..] => ("amount_negative", "The amount must not be negative."),
            _ when text.Contains('.', StringComparison.Ordinal) => ("amount_fractional", "The amount is in base units and must be whole."),
            _ when text.Length > 0 && text.All(char.IsAsciiDigit) && text.TrimStart('0').Length >= 78 =>
                ("amount_too_large", "The amount is above 2^256 - 1."),
            _ => ("invalid_amount", "An amount is a decimal string of base units without sign, spaces, exponent or leading zeros."),
        };
        errors.Add(new FieldError(pointer, code, message));
        return null;
    }
}
