namespace ChainExec.Ethereum.Rpc;

/// <summary>One row of the catalogue.</summary>
/// <param name="Class">What a match means.</param>
/// <param name="Name">The row's name, for counting and for the operator.</param>
/// <param name="Clients">Who says it, parted by spaces: node software, or a provider's own gateway.</param>
/// <param name="Pattern">Words that must occur in this order, parted by <c>*</c>; <c>^</c> in front binds the first to the start,
/// <c>$</c> at the end the last to the end. Empty matches any words.</param>
/// <param name="Code">The error code needed; null for any.</param>
internal sealed record RpcErrorRule(RpcErrorClass Class, string Name, string Clients, string Pattern, int? Code = null)
{
    private const StringSplitOptions Cleaned = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    // A fragment loses the spaces at its ends: "too high * cap" also stands for "too high (cap".
    private readonly bool _fromStart = Pattern.StartsWith('^');
    private readonly bool _toEnd = Pattern.EndsWith('$');
    private readonly string[] _fragments = Pattern.TrimStart('^').TrimEnd('$').Split('*', Cleaned);
    private readonly string[] _clients = Clients.Split(' ', Cleaned);

    /// <summary>True when that software or provider is known to say it.</summary>
    internal bool IsOf(string client) => _clients.Contains(client, StringComparer.OrdinalIgnoreCase);

    /// <summary>True when the code and the words, in any case, are the row's.</summary>
    internal bool Matches(int? code, ReadOnlySpan<char> message)
    {
        if (Code is not null && Code != code)
        {
            return false;
        }

        ReadOnlySpan<char> rest = message;
        for (int i = 0; i < _fragments.Length; i++)
        {
            bool last = i == _fragments.Length - 1;
            int at = last && _toEnd
                ? rest.EndsWith(_fragments[i], StringComparison.OrdinalIgnoreCase) ? rest.Length - _fragments[i].Length : -1
                : rest.IndexOf(_fragments[i], StringComparison.OrdinalIgnoreCase);
            if (at < 0 || (i == 0 && _fromStart && at > 0))
            {
                return false;
            }

            rest = rest[(at + _fragments[i].Length)..];
        }

        return true;
    }
}
