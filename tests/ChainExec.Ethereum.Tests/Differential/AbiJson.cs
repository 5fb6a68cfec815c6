using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Differential;

/// <summary>Types and values as the reference process reads and writes them.</summary>
internal static class AbiJson
{
    /// <summary>One line of JSON.</summary>
    public static string Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A JSON array of values.</summary>
    public static JsonElement Values(IEnumerable<object> values)
    {
        using var document = JsonDocument.Parse(Line(json => Write(json, "values", values)));
        return document.RootElement.GetProperty("values").Clone();
    }

    /// <summary>Integers as decimal text, bytes and hashes as hexadecimal digits, arrays and tuples as arrays.</summary>
    public static void Write(Utf8JsonWriter json, string name, IEnumerable<object> values)
    {
        json.WritePropertyName(name);
        WriteValue(json, values.ToArray());
    }

    /// <summary>A parameter list as JSON ABIs have it.</summary>
    public static void Write(Utf8JsonWriter json, string name, IEnumerable<AbiParameter> parameters)
    {
        json.WriteStartArray(name);
        foreach (AbiParameter parameter in parameters)
        {
            json.WriteStartObject();
            json.WriteString("name", parameter.Name);
            AbiType single = parameter.Type;
            string brackets = "";
            while (single.Element is not null)
            {
                brackets = $"[{single.FixedLength}]{brackets}";
                single = single.Element;
            }

            json.WriteString("type", (single.Kind == AbiKind.Tuple ? "tuple" : single.Canonical) + brackets);
            if (single.Kind == AbiKind.Tuple)
            {
                Write(json, "components", single.Components);
            }

            if (parameter.Indexed)
            {
                json.WriteBoolean("indexed", true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case object[] items:
                json.WriteStartArray();
                foreach (object item in items)
                {
                    WriteValue(json, item);
                }

                json.WriteEndArray();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case byte[] bytes:
                json.WriteStringValue(Hex.Encode(bytes));
                break;
            case Address address:
                json.WriteStringValue(Hex.Encode(address.ToArray()));
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
