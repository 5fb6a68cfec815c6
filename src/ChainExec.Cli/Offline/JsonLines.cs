namespace ChainExec.Cli.Offline;

/// <summary>
/// One answer line for every input line, in order. Answers go out before the next wait for input, so a program that asks one question and
/// waits gets its answer, and a file is answered in large writes.
/// </summary>
internal static class JsonLines
{
    // Editors and shells of Windows put it where a text begins.
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Answers until the input ends.</summary>
    /// <param name="limits">How large a line may be.</param>
    /// <param name="secret">Requests hold secrets: their bytes are zeroed as soon as they are answered.</param>
    public static void Run(OfflineTool tool, RequestLimits limits, bool secret, Stream input, Stream output)
    {
        var reader = new LineReader(input, limits.LineMax);
        using var answers = new Answers(limits);
        bool begins = true;
        bool more;
        do
        {
            more = reader.Fill();
            while (reader.TryTake(out ReadOnlyMemory<byte> line, out bool tooLong))
            {
                if (tooLong)
                    answers.Refuse(OfflineException.LineTooLong, $"a line has at most {limits.LineMax} bytes");
                else
                    answers.Answer(tool, begins && line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line);
                begins = false;
                if (secret)
                    reader.Erase();
                if (answers.Lines.Length >= Answers.LinesEnough)
                    Write(answers, output);
            }

            Write(answers, output);
        }
        while (more);
    }

    private static void Write(Answers answers, Stream output)
    {
        if (answers.Lines.IsEmpty)
            return;
        output.Write(answers.Lines);
        output.Flush();
        answers.Clear();
    }
}
