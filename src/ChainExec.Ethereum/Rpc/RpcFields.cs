using System.Text.Json;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Walks over the members of one object: unknown ones are skipped, <c>null</c> counts as absent, and a wanted member that comes twice is
/// refused, because two readers could then believe two things.
/// </summary>
internal struct RpcFields
{
    private UInt128 _named;
    private UInt128 _present;

    /// <summary>Enters the object.</summary>
    internal static RpcFields Enter(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.StartObject ? default : throw new FormatException("an object was expected");

    /// <summary>The set of these members.</summary>
    internal static UInt128 Set(params ReadOnlySpan<RpcField> fields)
    {
        UInt128 set = 0;
        foreach (RpcField field in fields)
        {
            set |= UInt128.One << (int)field;
        }

        return set;
    }

    /// <summary>Moves to the value of the next wanted member; false at the end of the object.</summary>
    internal bool Next(ref Utf8JsonReader reader, UInt128 wanted, out RpcField field)
    {
        while (true)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                field = RpcField.Unknown;
                return false;
            }

            field = RpcFieldNames.Of(ref reader);
            UInt128 bit = UInt128.One << (int)field;
            reader.Read();
            if ((wanted & bit) == 0)
            {
                reader.Skip();
                continue;
            }

            if ((_named & bit) != 0)
            {
                throw new FormatException($"'{RpcFieldNames.TextOf(field)}' comes twice");
            }

            _named |= bit;
            if (reader.TokenType != JsonTokenType.Null)
            {
                _present |= bit;
                return true;
            }
        }
    }

    /// <summary>Refuses the object when one of these members is absent.</summary>
    internal readonly void Require(UInt128 required)
    {
        UInt128 missing = required & ~_present;
        if (missing != 0)
        {
            var field = (RpcField)(int)UInt128.TrailingZeroCount(missing);
            throw new FormatException($"'{RpcFieldNames.TextOf(field)}' is missing");
        }
    }

    /// <summary>True when the member has a value.</summary>
    internal readonly bool Has(RpcField field) => (_present & (UInt128.One << (int)field)) != 0;
}
