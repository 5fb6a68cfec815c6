using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ChainExec.Cli.Offline;

namespace ChainExec.Cli.Tests.Offline;

/// <summary>The stream itself: what lines may be, when answers come, how it ends.</summary>
public sealed class JsonLinesTests
{
    private const string Request = """{"data":"0x"}""";
    private const string Answer = """{"hash":"0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"}""";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_that_are_no_text_are_answered_as_such()
    {
        byte[] cutOff = [.. "{\"data\":\""u8, 0xC3, 0x28, .. "\"}\n"u8];
        byte[] input = [0, (byte)'\n', .. cutOff, .. Line(Request)];

        string[] answers = await LinesAsync(input);

        Assert.Equal(["invalid_json", "invalid_json", ""], answers.Select(CodeOf));
        Assert.Equal(Answer, answers[^1]);
    }

    [Fact]
    public async Task Byte_order_mark_is_passed_over_where_the_input_begins_and_nowhere_else()
    {
        byte[] mark = [0xEF, 0xBB, 0xBF];

        string[] answers = await LinesAsync([.. mark, .. Line(Request), .. mark, .. Line(Request)]);
        string[] twice = await LinesAsync([.. mark, .. mark, .. Line(Request)]);

        Assert.Equal(["", "invalid_json"], answers.Select(CodeOf));
        Assert.Equal(Answer, answers[0]);
        Assert.Equal(["invalid_json"], twice.Select(CodeOf));
    }

    [Fact]
    public async Task Empty_lines_are_answered_so_that_lines_stay_in_step()
    {
        string[] answers = await LinesAsync(Encoding.UTF8.GetBytes($"\n{Request}\r\n   \n{Request}"));

        Assert.Equal(["invalid_json", "", "invalid_json", ""], answers.Select(CodeOf));
    }

    [Fact]
    public async Task No_line_gets_no_answer() => Assert.Empty(await LinesAsync([]));

    [Fact]
    public async Task Longest_line_is_answered_and_a_longer_one_is_refused_without_losing_the_next()
    {
        string fits = "{\"data\":\"0x" + new string('0', RequestLimits.Values.LineMax - 14) + "\" }";
        Assert.Equal(RequestLimits.Values.LineMax, fits.Length);
        byte[] input = [.. Line(fits), .. Line(fits + " "), .. Line(new string('x', 5 * RequestLimits.Values.LineMax)), .. Line(Request)];

        string[] answers = await LinesAsync(input);

        Assert.Equal(["", "line_too_long", "line_too_long", ""], answers.Select(CodeOf));
        Assert.Equal(Answer, answers[^1]);
    }

    [Fact]
    public async Task Last_line_too_long_is_refused_too() =>
        Assert.Equal(
            ["line_too_long"],
            (await LinesAsync(Encoding.UTF8.GetBytes(new string('x', RequestLimits.Values.LineMax + 1)))).Select(CodeOf));

    [Fact]
    public async Task Answers_come_while_the_input_is_open_and_idle()
    {
        using Process process = ToolProcess.Start("keccak", "--jsonl");
        for (int i = 0; i < 3; i++)
        {
            await process.StandardInput.WriteAsync($"{Request}\n");
            await process.StandardInput.FlushAsync(Token);
            Task<string?> answer = process.StandardOutput.ReadLineAsync(Token).AsTask();
            Assert.Equal(Answer, await answer.WaitAsync(Deadline, TimeProvider.System, Token));
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync(Token).WaitAsync(Deadline, TimeProvider.System, Token);
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task Reader_that_goes_away_ends_the_tool_quietly()
    {
        using Process process = ToolProcess.Start("keccak", "--jsonl");
        process.StandardOutput.Close();
        byte[] request = Line(Request);

        // The input stays open: only the broken output can end it.
        long start = TimeProvider.System.GetTimestamp();
        while (!process.HasExited && TimeProvider.System.GetElapsedTime(start) < Deadline)
        {
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(request, Token);
                await process.StandardInput.BaseStream.FlushAsync(Token);
            }
            catch (IOException)
            {
                break;
            }
        }

        await process.WaitForExitAsync(Token).WaitAsync(Deadline, TimeProvider.System, Token);
        Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync(Token)));
    }

    [Fact]
    public async Task Thousands_of_lines_keep_their_order()
    {
        string input = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"types\":[\"uint256\"],\"values\":[\"{i}\"]}}\n"));

        ToolProcess run = await ToolProcess.RunAsync(["abi", "encode", "--jsonl"], input);

        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => $"{{\"data\":\"0x{i:x64}\"}}"), run.Lines);
    }

    // A key and words that stand where they do not belong, or spoil the line, must not come back in an error.
    [Fact]
    public async Task Errors_do_not_repeat_what_was_sent()
    {
        string[] keys =
        [
            """{"private_key":"0xdeadbeef00000000000000000000000000000000000000000000000000000000zz","tx":{}}""",
            """{"0xdeadbeef00000000000000000000000000000000000000000000000000000000":1}""",
            """{"private_key":"0xdeadbeef" """,
            """{"private_key":["deadbeef"],"tx":{}}""",
        ];
        string[] words =
        [
            """{"mnemonic":"deadbeef test test","path":"m"}""",
            """{"mnemonic":"test","path":"deadbeef"}""",
            """{"deadbeef deadbeef":1}""",
            """{"mnemonic":"test","path":"m","passphrase":"deadbeef"}""",
        ];

        ToolProcess sign = await ToolProcess.RunAsync(["tx", "sign", "--jsonl"], string.Join('\n', keys));
        ToolProcess derive = await ToolProcess.RunAsync(["wallet", "derive", "--jsonl"], string.Join('\n', words));

        Assert.Equal(keys.Length + words.Length, sign.Lines.Concat(derive.Lines).Count(line => CodeOf(line).Length > 0));
        Assert.DoesNotContain("deadbeef", sign.Text + sign.Error + derive.Text + derive.Error, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string[]> LinesAsync(byte[] input)
    {
        ToolProcess run = await ToolProcess.RunAsync(["keccak", "--jsonl"], input);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Lines;
    }

    private static byte[] Line(string text) => Encoding.UTF8.GetBytes(text + "\n");

    // The error's code, or nothing for an answer.
    private static string CodeOf(string line) =>
        JsonElement.Parse(line).TryGetProperty("error", out JsonElement error) ? error.GetProperty("code").GetString()! : "";
}
