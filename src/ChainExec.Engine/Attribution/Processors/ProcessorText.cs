using System.Buffers;
using System.Text;
using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Storage;

namespace ChainExec.Attribution.Processors;

/// <summary>What processors write, as far as it can be stored. What cannot is a mistake of the processor.</summary>
internal static class ProcessorText
{
    /// <exception cref="InvalidOperationException">It is empty, too long, or holds what cannot be stored or read.</exception>
    public static string Checked(string? text, string what, int lengthMax) =>
        string.IsNullOrWhiteSpace(text) ? throw new InvalidOperationException($"{what} is empty.")
        : text.Length > lengthMax ? throw new InvalidOperationException($"{what} has {text.Length} characters, at most {lengthMax}.")
        : PlainText.Of(text) != text
            ? throw new InvalidOperationException($"{what} holds a control character or half of a pair.")
        : text;

    /// <summary>A failure, for an operator.</summary>
    public static string Of(Exception failure, int lengthMax) =>
        PlainText.Of($"{failure.GetType().Name}: {failure.Message}".Cut(lengthMax));

    /// <summary>A content as JSON.</summary>
    /// <exception cref="InvalidOperationException">It is too long, or holds a NUL, which PostgreSQL refuses.</exception>
    public static string Json(object? body, int lengthMax)
    {
        var bounded = new BoundedBuffer(lengthMax);
        using (var writer = new Utf8JsonWriter(bounded))
            JsonSerializer.Serialize(writer, body ?? new object(), body?.GetType() ?? typeof(object), FactJson.Options);
        string json = bounded.ToString();
        // PostgreSQL writes a space behind each of these.
        int stored = json.Length + json.Count(letter => letter is ':' or ',');
        return stored > lengthMax ? throw new InvalidOperationException($"A body has {stored} characters, at most {lengthMax}.")
            : json.Contains("\\u0000", StringComparison.Ordinal) ? throw new InvalidOperationException("A body holds a NUL character.")
            : json;
    }

    /// <summary>Refuses to take more than a bound, while it is written: an endless content ends here.</summary>
    private sealed class BoundedBuffer(int lengthMax) : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _written = new(512);

        public void Advance(int count)
        {
            _written.Advance(count);
            if (_written.WrittenCount > lengthMax)
                throw new InvalidOperationException($"A body has more than {lengthMax} characters.");
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => _written.GetSpan(sizeHint);

        public override string ToString() => Encoding.UTF8.GetString(_written.WrittenSpan);
    }
}
