using System.Buffers.Binary;
using System.Text;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Tells what a node's error means by the rows of <see cref="RpcErrorCatalogue"/>, first match wins. An unmatched error is unknown, never a
/// guess.
/// </summary>
public static class RpcErrorClassifier
{
    private const uint ErrorStringSelector = 0x08c379a0;
    private const uint PanicSelector = 0x4e487b71;

    // The words before the node's own in wrapped errors, as proxies and load balancers add them.
    private static readonly string[] Wrappers =
    [
        "call failed: ", "transaction rejected: ", "err: ", "error: ", "rpc error: code = unknown desc = ", "returned error: ",
    ];

    private static readonly Dictionary<RpcErrorClass, string> Names = Enum.GetValues<RpcErrorClass>().ToDictionary(item => item, SnakeCase);

    /// <summary>Classifies an error by its code, its words in any case, and the data that came with it.</summary>
    public static RpcErrorClassification Classify(int? code, string message, ReadOnlySpan<byte> data) =>
        Classify(client: null, code, message, data);

    /// <summary>
    /// Classifies like the other, trying first the rows that name <paramref name="client"/>, such as <c>geth</c>, also as
    /// web3_clientVersion answers it, such as <c>Geth/v1.16</c>; null or a name that no row has changes nothing. Revert wording is
    /// recognised before anything else whoever the client is.
    /// </summary>
    public static RpcErrorClassification Classify(string? client, int? code, string message, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(message);

        // Bytes that only a revert produces say more than any words.
        if (data.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(data) is ErrorStringSelector or PanicSelector)
        {
            return new RpcErrorClassification(RpcErrorClass.Reverted, "revert_data");
        }

        // What follows the name is its version.
        client = client?.Split('/', 2)[0];
        ReadOnlySpan<char> words = Unwrapped(message);
        RpcErrorRule? found = Find(RpcErrorCatalogue.Reverts, null, code, words)
            ?? (client is null ? null : Find(RpcErrorCatalogue.Rules, client, code, words))
            ?? Find(RpcErrorCatalogue.Rules, null, code, words);
        return found is null
            ? new RpcErrorClassification(RpcErrorClass.Unknown, RpcErrorClassification.NoRule)
            : new RpcErrorClassification(found.Class, found.Name);
    }

    /// <summary>The class in snake case, such as <c>already_known</c>.</summary>
    public static string NameOf(RpcErrorClass errorClass) => Names[errorClass];

    private static RpcErrorRule? Find(IReadOnlyList<RpcErrorRule> rules, string? client, int? code, ReadOnlySpan<char> words)
    {
        foreach (RpcErrorRule rule in rules)
        {
            if ((client is null || rule.IsOf(client)) && rule.Matches(code, words))
            {
                return rule;
            }
        }

        return null;
    }

    private static ReadOnlySpan<char> Unwrapped(string message)
    {
        ReadOnlySpan<char> words = message.AsSpan().Trim();
        for (int i = 0; i < Wrappers.Length; i++)
        {
            if (words.StartsWith(Wrappers[i], StringComparison.OrdinalIgnoreCase))
            {
                words = words[Wrappers[i].Length..];

                // Wrappers wrap each other.
                i = -1;
            }
        }

        return words;
    }

    private static string SnakeCase(RpcErrorClass errorClass)
    {
        var name = new StringBuilder();
        foreach (char letter in errorClass.ToString())
        {
            if (char.IsAsciiLetterUpper(letter) && name.Length > 0)
            {
                name.Append('_');
            }

            name.Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }
}
