using System.Globalization;
using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Cli.Offline;

/// <summary>Values of ABI types as answers write them: integers as decimal texts, bytes in lower-case hexadecimal digits.</summary>
internal static class AbiValueWriter
{
    public static void Write(Utf8JsonWriter answer, AbiType type, object value)
    {
        switch (value)
        {
            case bool flag:
                answer.WriteBooleanValue(flag);
                break;
            case string text:
                answer.WriteStringValue(text);
                break;
            case byte[] bytes:
                JsonHex.WriteValue(answer, bytes);
                break;
            case Address address:
                answer.WriteStringValue(address.ToString());
                break;
            case object[] items:
                WriteItems(answer, type, items);
                break;
            case IFormattable number when IsNumber(type):
                answer.WriteStringValue(number.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                throw new InvalidOperationException($"{type} has a value of a kind that is not known here.");
        }
    }

    private static bool IsNumber(AbiType type) =>
        type.Kind is AbiKind.UnsignedInteger or AbiKind.UnsignedFixed or AbiKind.SignedInteger or AbiKind.SignedFixed;

    private static void WriteItems(Utf8JsonWriter answer, AbiType type, object[] items)
    {
        answer.WriteStartArray();
        for (int i = 0; i < items.Length; i++)
            Write(answer, type.Element ?? type.Components[i].Type, items[i]);
        answer.WriteEndArray();
    }
}
