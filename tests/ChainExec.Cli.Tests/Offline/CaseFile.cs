namespace ChainExec.Cli.Tests.Offline;

/// <summary>
/// A table of requests and answers: a line after <c>&gt; </c> is sent, the line after <c>&lt; </c> is the answer that must come, and
/// after <c>&lt;! </c> stands the code of the error that must. Lines of other beginnings are for the reader.
/// </summary>
internal sealed record CaseFile(IReadOnlyList<string> Requests, IReadOnlyList<string> Expected)
{
    private static readonly Dictionary<string, string[]> Commands = new()
    {
        ["abi-encode"] = ["abi", "encode"],
        ["abi-decode"] = ["abi", "decode"],
        ["abi-selector"] = ["abi", "selector"],
        ["abi-event"] = ["abi", "event"],
        ["rlp-encode"] = ["rlp", "encode"],
        ["rlp-decode"] = ["rlp", "decode"],
        ["keccak"] = ["keccak"],
        ["tx-decode"] = ["tx", "decode"],
        ["tx-encode"] = ["tx", "encode"],
        ["tx-sign"] = ["tx", "sign"],
        ["tx-recover"] = ["tx", "recover"],
        ["typed-data-hash"] = ["typed-data", "hash"],
        ["wallet-derive"] = ["wallet", "derive"],
        ["rpc-classify"] = ["rpc", "classify"],
        ["trace-attribute"] = ["trace", "attribute"],
    };

    public static IEnumerable<string> Names => Commands.Keys;

    /// <summary>The command's words, with <c>--jsonl</c>.</summary>
    public static string[] CommandOf(string name) => [.. Commands[name], "--jsonl"];

    public static CaseFile Read(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Offline", "Cases", $"{name}.txt"));
        var file = new CaseFile(
            [.. lines.Where(line => line.StartsWith("> ", StringComparison.Ordinal)).Select(line => line[2..])],
            [.. lines.Where(line => line.StartsWith('<')).Select(line => line[1..].TrimStart())]);
        Assert.NotEmpty(file.Requests);
        Assert.Equal(file.Requests.Count, file.Expected.Count);
        return file;
    }
}
