namespace ChainExec.Ethereum.Rpc;

/// <summary>One row of the catalogue.</summary>
/// <param name="Class">What a match means.</param>
/// <param name="Name">The row's name, for counting and for the operator.</param>
/// <param name="Clients">Who says it, parted by spaces: node software, or a provider's own gateway.</param>
/// <param name="Pattern">Words that must occur in this order, parted by <c>*</c>; the first begins a word of the message and the last
/// ends one. <c>^</c> in front binds the first to the start, <c>$</c> at the end the last to the end; with <c>*</c> at the end the last
/// word may go on. Empty matches any words.</param>
/// <param name="Code">The error code needed; null for any.</param>
internal sealed record RpcErrorRule(RpcErrorClass Class, string Name, string Clients, string Pattern, int? Code = null)
{
    private const StringSplitOptions Cleaned = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    // A fragment loses the spaces at its ends: "too high * cap" also stands for "too high (cap".
    private readonly bool _fromStart = Pattern.StartsWith('^');
    private readonly bool _toEnd = Pattern.EndsWith('$');
    private readonly bool _goesOn = Pattern.EndsWith('*');
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

        int end = 0;
        for (int i = 0; i < _fragments.Length; i++)
        {
            end = EndOf(i, message, end);
            if (end < 0)
            {
                return false;
            }
        }

        return true;
    }

    // Where the fragment ends that is found first from there; below 0 when there is none. The first is always the best: it leaves the
    // most for those after it.
    private int EndOf(int index, ReadOnlySpan<char> message, int from)
    {
        string fragment = _fragments[index];
        while (true)
        {
            int offset = message[from..].IndexOf(fragment, StringComparison.OrdinalIgnoreCase);
            if (offset < 0)
            {
                return -1;
            }

            int start = from + offset;
            int end = start + fragment.Length;
            bool begins = index > 0 || (_fromStart ? start == 0 : IsEdge(message, start));
            bool ends = index < _fragments.Length - 1 || (_toEnd ? end == message.Length : _goesOn || IsEdge(message, end));
            if (begins && ends)
            {
                return end;
            }

            from = start + 1;
        }
    }

    // "unknown transaction" is no "known transaction".
    private static bool IsEdge(ReadOnlySpan<char> message, int at) =>
        at == 0 || at == message.Length || !char.IsLetterOrDigit(message[at - 1]) || !char.IsLetterOrDigit(message[at]);
}
