using System.Text.Json;

namespace ChainExec.Cli.Tests.Offline;

/// <summary>Every offline command by the tables in <c>Cases</c>, as programs use it: one process, one line for one line.</summary>
public sealed class OfflineCaseTests
{
    public static TheoryData<string> Names => [.. CaseFile.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_line_gets_its_answer_in_order(string name)
    {
        CaseFile cases = CaseFile.Read(name);

        ToolProcess run = await ToolProcess.RunAsync(CaseFile.CommandOf(name), string.Join('\n', cases.Requests));

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] answers = run.Lines;
        Assert.Equal(cases.Requests.Count, answers.Length);
        Assert.Multiple([.. cases.Expected.Select((expected, at) => (Action)(() => Check(cases.Requests[at], expected, answers[at])))]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Table_of_every_command_has_answers_and_refusals(string name)
    {
        CaseFile cases = CaseFile.Read(name);

        Assert.Contains(cases.Expected, expected => expected.StartsWith('{'));
        Assert.Contains(cases.Expected, expected => expected.StartsWith('!'));
    }

    private static void Check(string request, string expected, string answer)
    {
        string shown = request.Length > 200 ? request[..200] + "…" : request;
        JsonElement got = JsonElement.Parse(answer);
        bool matches = expected.StartsWith('!')
            ? IsError(got, expected[1..].Trim())
            : JsonElement.DeepEquals(JsonElement.Parse(expected), got);
        Assert.True(matches, $"{shown}\nwants {expected}\ngot   {answer}");
    }

    private static bool IsError(JsonElement answer, string code) =>
        answer.EnumerateObject().Count() == 1
        && answer.TryGetProperty("error", out JsonElement error)
        && error.EnumerateObject().Count() == 2
        && error.GetProperty("code").GetString() == code
        && error.GetProperty("message").GetString() is { Length: > 0 };
}
