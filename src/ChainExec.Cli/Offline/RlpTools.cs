using System.Text.Json;
using ChainExec.Ethereum.Rlp;

namespace ChainExec.Cli.Offline;

/// <summary><c>rlp encode</c> and <c>decode</c>.</summary>
internal static class RlpTools
{
    /// <summary><c>{"value"}</c>, nested arrays of hexadecimal texts, to <c>{"data"}</c>.</summary>
    public static void Encode(JsonElement request, Utf8JsonWriter answer)
    {
        JsonElement value = Request.Open(request, "value").Required("value");
        var writer = new RlpWriter();
        try
        {
            Write(writer, value, 0);
        }
        catch (OfflineException exception)
        {
            throw exception.In("value");
        }

        JsonHex.Write(answer, "data", writer.ToArray());
    }

    /// <summary><c>{"data"}</c> to <c>{"value"}</c>.</summary>
    public static void Decode(JsonElement request, Utf8JsonWriter answer)
    {
        byte[] data = Request.Open(request, "data").Required("data", JsonValue.Bytes);
        answer.WritePropertyName("value");
        try
        {
            var reader = new RlpReader(data);
            Read(ref reader, answer);
            reader.ExpectEnd();
        }
        catch (RlpException exception)
        {
            throw new OfflineException(OfflineException.InvalidData, exception.Message).In("data");
        }
    }

    private static void Write(RlpWriter writer, JsonElement value, int depth)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            writer.WriteBytes(JsonValue.Bytes(value));
            return;
        }

        if (depth == RlpReader.DepthMax)
            throw OfflineException.Value($"lists are nested deeper than {RlpReader.DepthMax}");
        writer.BeginList();
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            try
            {
                Write(writer, item, depth + 1);
            }
            catch (OfflineException exception)
            {
                throw exception.At(index);
            }

            index++;
        }

        writer.EndList();
    }

    private static void Read(ref RlpReader reader, Utf8JsonWriter answer)
    {
        if (!reader.NextIsList)
        {
            JsonHex.WriteValue(answer, reader.ReadBytes());
            return;
        }

        answer.WriteStartArray();
        RlpReader items = reader.ReadList();
        while (!items.AtEnd)
            Read(ref items, answer);
        answer.WriteEndArray();
    }
}
