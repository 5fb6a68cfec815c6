using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace ChainExec.Server.Api;

/// <summary>Reads query parameters. One that does not exist is refused: a misspelt filter must not answer with everything.</summary>
internal sealed class QueryReader
{
    private const int PageDefault = 20;
    private const int PageMax = 100;

    private readonly IQueryCollection _query;

    public QueryReader(HttpRequest request, params ReadOnlySpan<string> known)
    {
        _query = request.Query;
        foreach (KeyValuePair<string, StringValues> parameter in _query)
        {
            if (!known.Contains(parameter.Key))
                Refuse(Bounded(parameter.Key), "unknown_parameter", "There is no such parameter.");
            else if (parameter.Value.Count != 1)
                Refuse(parameter.Key, "duplicate_parameter", "The parameter is there more than once.");
        }
    }

    /// <summary>What is wrong; the first of it.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The parameter's text; nothing when it is absent or empty.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out StringValues value) && value is [{ Length: > 0 } text] ? text : null;

    /// <summary>How many items a page has: 1 to 100, default 20.</summary>
    public int Limit()
    {
        if (!_query.ContainsKey("limit"))
            return PageDefault;
        if (int.TryParse(Text("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= PageMax)
            return limit;
        Refuse("limit", "invalid_limit", $"limit is a number from 1 to {PageMax}.");
        return PageDefault;
    }

    /// <summary>A parameter in a form of its own; nothing when it is absent, and a refusal when it is wrong.</summary>
    public T? Parse<T>(string name, Func<string, T?> parse, string message)
        where T : struct
    {
        if (Text(name) is not { } text)
            return null;
        T? value = parse(text);
        if (value is null)
            Refuse(name, $"invalid_{name}", message);
        return value;
    }

    /// <summary>Refuses the request because of a parameter.</summary>
    public void Refuse(string name, string code, string message) => Problem ??= Api.Problem.OfParameter(name, code, message);

    private static string Bounded(string name) => name.Length <= 64 ? name : name[..64];
}

/// <summary>One page of a list.</summary>
/// <param name="NextCursor">What to ask for the next page with; nothing when this is the last.</param>
internal sealed record Page<T>(IReadOnlyList<T> Data, string? NextCursor, bool HasMore)
{
    /// <summary>Makes a page of one row more than was asked for, which tells whether there is another page.</summary>
    public static Page<T> Of<TRow>(IReadOnlyList<TRow> rows, int limit, Func<TRow, T> show, Func<TRow, string> cursor)
    {
        bool more = rows.Count > limit;
        return new Page<T>([.. rows.Take(limit).Select(show)], more ? cursor(rows[limit - 1]) : null, more);
    }
}
