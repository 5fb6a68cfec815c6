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

    /// <summary>Classifies an error by its code, its words in any case, and the data that came with it.</summary>
    public static RpcErrorClassification Classify(int? code, string message, ReadOnlySpan<byte> data) =>
        Classify(client: null, code, message, data);

    /// <summary>
    /// Classifies like the other, trying first the rows that name <paramref name="client"/>, such as <c>geth</c>; null or a name that no row
    /// has changes nothing.
    /// </summary>
    public static RpcErrorClassification Classify(string? client, int? code, string message, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(message);

        // Bytes that only a revert produces say more than any words.
        if (data.Length >= 4 && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(data) is ErrorStringSelector or PanicSelector)
        {
            return new RpcErrorClassification(RpcErrorClass.Reverted, "revert_data");
        }

        foreach (RpcErrorRule rule in RpcErrorCatalogue.Rules)
        {
            if (rule.Matches(code, message))
            {
                return new RpcErrorClassification(rule.Class, rule.Name);
            }
        }

        return new RpcErrorClassification(RpcErrorClass.Unknown, "none");
    }

    /// <summary>The class in snake case, such as <c>already_known</c>.</summary>
    public static string NameOf(RpcErrorClass errorClass)
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
