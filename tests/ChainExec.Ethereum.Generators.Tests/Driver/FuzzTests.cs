using FsCheck;
using FsCheck.Fluent;
using Microsoft.CodeAnalysis;

namespace ChainExec.Ethereum.Generators.Tests.Driver;

public sealed class FuzzTests
{
    private static readonly string Nasty = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "nasty.json"));
    private static readonly string[] Pieces =
    [
        "\"", "[", "]", "{", "}", ",", ":", "\\", "tuple", "uint256", "[]", "[3]", "[0]", "\"name\"", "null", "true", "0", "\0", "é",
        "type", "",
    ];

    [Fact]
    public void Damaged_abi_gives_errors_of_ours_and_sound_code_never_an_exception() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            GeneratorRunResult result = GeneratorRun.Of(Damage(seed));

            Assert.Null(result.Exception);
            Assert.All(result.Diagnostics, defect => Assert.StartsWith("CEABI", defect.Id, StringComparison.Ordinal));
            Assert.All(
                result.GeneratedSources,
                source => Assert.Empty(source.SyntaxTree.GetDiagnostics(TestContext.Current.CancellationToken)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(80));

    [Fact]
    public void What_is_left_of_a_damaged_abi_compiles() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var run = new GeneratorRun([new AbiText("abis/sample.json", Damage(seed))]);

            Assert.DoesNotContain(run.Compile(), problem => !problem.Id.StartsWith("CEABI", StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(4));

    // Damage within an entry leaves the others to be generated; damage of the whole file's syntax is found as well.
    private static string Damage(int seed)
    {
        var random = new Random(seed);
        string text = Nasty;
        for (int i = random.Next(3); i >= 0; i--)
        {
            int at = random.Next(text.Length);
            int length = Math.Min(random.Next(12), text.Length - at);
            text = text[..at] + Pieces[random.Next(Pieces.Length)] + text[(at + length)..];
        }

        return text;
    }
}
