using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using ChainExec.Calls;
using Microsoft.Net.Http.Headers;

namespace ChainExec.Server.Api;

/// <summary>Reads a JSON body within bounds.</summary>
internal static class RequestBody
{
    /// <summary>The longest body that is read.</summary>
    public const int BytesMax = 256 * 1024;

    /// <summary>
    /// The longest body whose rest is read and thrown away after the refusal: a client that is still sending would otherwise find its
    /// connection reset instead of our answer.
    /// </summary>
    public const int DrainedBytesMax = 4 * BytesMax;

    private const int DepthMax = 32;

    /// <summary>The answer to a longer one.</summary>
    public static Problem TooLarge { get; } = new(ProblemCode.BodyTooLarge, $"A body is at most {BytesMax} bytes.");

    /// <summary>The body, or what is wrong with it.</summary>
    public static async Task<(JsonElement Body, Problem? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!IsJson(request.ContentType))
            return (default, new Problem(ProblemCode.UnsupportedMediaType, "The body must be application/json in UTF-8."));
        if (request.ContentLength > BytesMax)
            return (default, TooLarge);
        byte[]? bytes = await ReadBytesAsync(request.BodyReader, cancellationToken);
        return bytes is null ? (default, TooLarge) : Parse(bytes);
    }

    /// <summary>The bytes as they came, of whatever media type; nothing when there are more than <see cref="BytesMax"/>.</summary>
    public static Task<byte[]?> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken) =>
        request.ContentLength > BytesMax ? Task.FromResult<byte[]?>(null) : ReadBytesAsync(request.BodyReader, cancellationToken);

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static async Task<byte[]?> ReadBytesAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken);
            if (result.Buffer.Length > BytesMax)
            {
                reader.AdvanceTo(result.Buffer.End);
                return null;
            }

            if (result.IsCompleted)
            {
                byte[] bytes = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return bytes;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static (JsonElement Body, Problem? Problem) Parse(byte[] bytes)
    {
        JsonElement body;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = DepthMax });
            body = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            string place = exception is { LineNumber: { } line, BytePositionInLine: { } position }
                ? $" at line {line + 1}, byte {position + 1}"
                : "";
            return (default, new Problem(ProblemCode.InvalidJson, $"The body is no JSON text of at most {DepthMax} levels{place}."));
        }

        List<FieldError> errors = JsonGuard.Check(body);
        return errors.Count == 0 ? (body, null) : (default, Problem.OfFields(errors));
    }
}
