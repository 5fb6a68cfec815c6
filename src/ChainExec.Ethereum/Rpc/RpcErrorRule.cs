namespace ChainExec.Ethereum.Rpc;

/// <summary>One row of the catalogue.</summary>
/// <param name="Class">What a match means.</param>
/// <param name="Name">The row's name, for counting and for the operator.</param>
/// <param name="Pattern">Words that must occur in this order, parted by <c>*</c>; <c>^</c> in front binds the first to the start. Empty
/// matches any words.</param>
/// <param name="Code">The error code needed; null for any.</param>
internal sealed record RpcErrorRule(RpcErrorClass Class, string Name, string Pattern, int? Code = null)
{
    private const StringSplitOptions Cleaned = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    // A fragment loses the spaces at its ends: "too high * cap" also stands for "too high (cap".
    private readonly bool _anchored = Pattern.StartsWith('^');
    private readonly string[] _fragments = Pattern.TrimStart('^').Split('*', Cleaned);

    internal bool Matches(int? code, string message)
    {
        if (Code is not null && Code != code)
        {
            return false;
        }

        int from = 0;
        for (int i = 0; i < _fragments.Length; i++)
        {
            int at = message.IndexOf(_fragments[i], from, StringComparison.OrdinalIgnoreCase);
            if (at < 0 || (i == 0 && _anchored && at > 0))
            {
                return false;
            }

            from = at + _fragments[i].Length;
        }

        return true;
    }
}
