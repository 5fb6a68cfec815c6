using System.Globalization;
using Spectre.Console;

namespace ChainExec.Cli.Demo;

/// <summary>Tells the story: in colour on a terminal, as plain lines anywhere else and when NO_COLOR is set.</summary>
internal sealed class DemoConsole(TimeProvider clock)
{
    private const int NameWidth = 22;

    private readonly bool _colour = AnsiConsole.Profile.Capabilities.Ansi && !Console.IsOutputRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>A chapter.</summary>
    public void Chapter(string text)
    {
        Console.Out.WriteLine();
        Write(text, "bold");
    }

    /// <summary>Something that happened now.</summary>
    public void Say(string text) => Line(clock.GetUtcNow(), "", text, null);

    /// <summary>A step of something that has a name.</summary>
    public void Step(DateTimeOffset at, string name, string text, bool good) => Line(at, name, text, good ? "green" : "yellow");

    /// <summary>What the whole came to.</summary>
    public void Verdict(string text, bool good) => Write(text, good ? "bold green" : "bold red");

    private void Line(DateTimeOffset at, string name, string text, string? style)
    {
        string time = at.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        if (_colour)
            AnsiConsole.MarkupLine($"[grey]{time}[/]  {Markup.Escape(name.PadRight(NameWidth))}{Styled(text, style)}");
        else
            Console.Out.WriteLine($"{time}  {name.PadRight(NameWidth)}{text}");
    }

    private void Write(string text, string style)
    {
        if (_colour)
            AnsiConsole.MarkupLine(Styled(text, style));
        else
            Console.Out.WriteLine(text);
    }

    private static string Styled(string text, string? style) => style is null ? Markup.Escape(text) : $"[{style}]{Markup.Escape(text)}[/]";
}
