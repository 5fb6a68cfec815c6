using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace ChainExec.Cli.Offline;

/// <summary>Makes a JSON document of untrusted bytes: UTF-8, no name twice, bounded depth, every text a text.</summary>
internal static class RequestParser
{
    /// <summary>The document lies in <paramref name="json"/>, which must not change before it is disposed.</summary>
    /// <exception cref="OfflineException">The bytes are no such document.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, RequestLimits limits)
    {
        if (!Utf8.IsValid(json.Span))
            throw new OfflineException(OfflineException.InvalidJson, "the request is not UTF-8");

        try
        {
            if (json.Span.IndexOf("\\u"u8) >= 0)
                RefuseUnpairedSurrogates(json.Span, limits);
            return JsonDocument.Parse(json, limits.DocumentOptions);
        }
        catch (JsonException exception)
        {
            // The parser's message can quote the request, so only the place is passed on.
            throw new OfflineException(
                OfflineException.InvalidJson,
                $"the request is not one JSON value, repeats a name or is nested deeper than {limits.DepthMax} "
                + $"(byte {exception.BytePositionInLine})");
        }
    }

    // An escape such as \ud800 alone stands for no character. The parser finds out only when it compares names or the text is asked for,
    // and then in the manner of a defect.
    private static void RefuseUnpairedSurrogates(ReadOnlySpan<byte> json, RequestLimits limits)
    {
        var reader = new Utf8JsonReader(json, limits.ReaderOptions);
        while (reader.Read())
        {
            if (!reader.ValueIsEscaped)
                continue;
            char[] text = ArrayPool<char>.Shared.Rent(reader.ValueSpan.Length);
            try
            {
                reader.CopyString(text);
            }
            catch (InvalidOperationException)
            {
                throw new OfflineException(
                    OfflineException.InvalidJson, $"a text has an unpaired surrogate (byte {reader.TokenStartIndex})");
            }
            finally
            {
                ArrayPool<char>.Shared.Return(text, clearArray: true);
            }
        }
    }
}
