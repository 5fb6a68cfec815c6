using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>Gathers answers: for each request one JSON object and a line feed, whatever the request was.</summary>
internal sealed class Answers : IDisposable
{
    /// <summary>From so many bytes on, answers are worth a write of their own.</summary>
    public const int LinesEnough = 32 * 1024;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        // Escapes what JSON must, and every character that a reader of lines might take for the end of one.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly ArrayBufferWriter<byte> _answer = new(4096);
    private readonly ArrayBufferWriter<byte> _lines = new(LinesEnough + 4096);
    private readonly Utf8JsonWriter _writer;
    private readonly RequestLimits _limits;

    public Answers(RequestLimits limits)
    {
        _limits = limits;
        _writer = new Utf8JsonWriter(_answer, WriterOptions);
    }

    /// <summary>The lines gathered since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Lines => _lines.WrittenSpan;

    public void Clear() => _lines.ResetWrittenCount();

    public void Dispose() => _writer.Dispose();

    /// <summary>Answers one request; true when it is an answer and no error.</summary>
    public bool Answer(OfflineTool tool, ReadOnlyMemory<byte> request)
    {
        try
        {
            using JsonDocument document = RequestParser.Parse(request, _limits);
            Begin();
            tool(document.RootElement, _writer);
            End();
            return true;
        }
        catch (OfflineException exception)
        {
            Refuse(exception.Code, exception.Message);
        }
        catch (DllNotFoundException exception)
        {
            Refuse(OfflineException.Unavailable, exception.Message);
        }
        catch (Exception exception)
        {
            // A defect: it must not take away the answers to the other lines. Its message could quote the request, so the kind must do.
            Refuse(OfflineException.Internal, $"a defect of this tool: {exception.GetType().Name}");
        }

        return false;
    }

    /// <summary>Answers one request with an error.</summary>
    public void Refuse(string code, string message)
    {
        Begin();
        _writer.WriteStartObject("error");
        _writer.WriteString("code", code);
        _writer.WriteString("message", message);
        _writer.WriteEndObject();
        End();
    }

    // What a tool wrote before it threw is dropped with the buffer's content.
    private void Begin()
    {
        _answer.ResetWrittenCount();
        _writer.Reset();
        _writer.WriteStartObject();
    }

    private void End()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        _lines.Write(_answer.WrittenSpan);
        _lines.Write("\n"u8);
    }
}
