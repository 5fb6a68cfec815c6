using Microsoft.Extensions.Primitives;

namespace ChainExec.Server.Api.Intents;

/// <summary>Reads the header that makes a request repeatable.</summary>
internal static class IdempotencyKey
{
    private const string Header = "Idempotency-Key";
    private const int LengthMax = 255;

    /// <summary>The key, or what is wrong with it.</summary>
    public static (string Key, Problem? Problem) Read(HttpRequest request)
    {
        StringValues values = request.Headers[Header];
        if (values.Count == 0)
            return ("", new Problem(ProblemCode.KeyRequired, "Send an Idempotency-Key header, and the same one when you repeat."));
        return values is [{ Length: >= 1 and <= LengthMax } key] && key.All(letter => letter is >= '!' and <= '~')
            ? (key, null)
            : ("", new Problem(ProblemCode.KeyInvalid, $"The key is one header of 1 to {LengthMax} ASCII characters without spaces."));
    }
}
