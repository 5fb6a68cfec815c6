using ChainExec.Signer.Commands;

namespace ChainExec.Signer.Tests.Commands;

public sealed class CommandArgumentsTests
{
    [Fact]
    public void Command_line_wins_over_the_environment() =>
        Assert.Equal("a", Parse(["--token-file", "a"], ("CHAINEXEC_SIGNER__TOKEN_FILE", "b")).Required("--token-file"));

    [Fact]
    public void Environment_counts_where_the_command_line_says_nothing() =>
        Assert.Equal("b", Parse([], ("CHAINEXEC_SIGNER__TOKEN_FILE", "b")).Required("--token-file"));

    [Theory]
    [InlineData("--tokenfile a")]
    [InlineData("--token-file")]
    [InlineData("--token-file a --token-file b")]
    public void Mistake_is_refused(string arguments) => Assert.Throws<SignerStartException>(() => Parse(arguments.Split(' ')));

    [Fact]
    public void Missing_option_is_named_with_its_variable()
    {
        SignerStartException refused = Assert.Throws<SignerStartException>(() => Parse([]).Required("--token-file"));
        Assert.Contains("--token-file (or CHAINEXEC_SIGNER__TOKEN_FILE)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Socket_path_that_linux_cannot_hold_is_refused()
    {
        string path = "/" + new string('s', 120);
        CommandArguments arguments = CommandArguments.Parse(["--socket", path], _ => "x", "--socket");
        Assert.Throws<SignerStartException>(() => RunOptions.From(arguments));
    }

    private static CommandArguments Parse(string[] arguments, params (string Name, string Value)[] environment) => CommandArguments.Parse(
        arguments, name => environment.FirstOrDefault(pair => pair.Name == name).Value, "--token-file");
}
