using System.Text.Encodings.Web;
using System.Text.Json;

namespace ChainExec.Cli;

/// <summary>What commands print: JSON for programs, aligned text for people. Nothing but data goes to standard output.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static void WriteJson<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <summary>Columns as wide as their widest cell.</summary>
    /// <param name="headers">A header that begins with &gt; aligns its column to the right.</param>
    public static void WriteTable(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        bool[] right = [.. headers.Select(header => header.StartsWith('>'))];
        string[] names = [.. headers.Select(header => header.TrimStart('>'))];
        int[] widths = [.. names.Select((name, column) => rows.Select(row => row[column].Length).Append(name.Length).Max())];
        WriteRow(names);
        foreach (IReadOnlyList<string> row in rows)
            WriteRow(row);

        void WriteRow(IReadOnlyList<string> cells) => Console.Out.WriteLine(string.Join(
            "  ", cells.Select((cell, column) => right[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }
}
