namespace ChainExec.Cli.Offline;

/// <summary>
/// What texts were parsed to, because a stream of requests repeats few types and signatures. Bounded: long texts are not kept, and when
/// it is full it starts anew. Not for several threads.
/// </summary>
/// <param name="parse">Reads a text; what it throws is not kept.</param>
internal sealed class ParsedTexts<T>(Func<string, T> parse)
    where T : class
{
    private const int CountMax = 1024;
    private const int LengthMax = 1024;
    private readonly Dictionary<string, T> _parsed = [];

    public T Get(string text)
    {
        if (_parsed.TryGetValue(text, out T? known))
            return known;

        T parsed = parse(text);
        if (text.Length > LengthMax)
            return parsed;
        if (_parsed.Count == CountMax)
            _parsed.Clear();
        _parsed.Add(text, parsed);
        return parsed;
    }
}
