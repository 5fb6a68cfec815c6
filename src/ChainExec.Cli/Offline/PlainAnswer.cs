using System.Text;
using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary>Answers as people read them: the bare value of an answer of one member, else a line for each member.</summary>
internal static class PlainAnswer
{
    public static string Of(ReadOnlySpan<byte> answer)
    {
        JsonElement root = JsonElement.Parse(answer);
        JsonProperty[] members = [.. root.EnumerateObject()];
        var text = new StringBuilder();
        int width = members.Length == 1 ? 0 : members.Max(member => member.Name.Length) + 2;
        foreach (JsonProperty member in members)
        {
            if (members.Length > 1)
                text.Append(member.Name.PadRight(width));
            text.Append(member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The message of an error answer with its code.</summary>
    public static string ErrorOf(ReadOnlySpan<byte> answer)
    {
        JsonElement error = JsonElement.Parse(answer).GetProperty("error");
        return $"{error.GetProperty("message").GetString()} ({error.GetProperty("code").GetString()})";
    }
}
