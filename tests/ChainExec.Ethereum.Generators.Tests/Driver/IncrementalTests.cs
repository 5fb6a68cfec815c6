using Microsoft.CodeAnalysis;

namespace ChainExec.Ethereum.Generators.Tests.Driver;

public sealed class IncrementalTests
{
    private const string Json = """[{"name": "f", "inputs": [{"type": "bool", "name": "a"}]}]""";

    private readonly AbiText _one = new("abis/one.json", Json);
    private readonly AbiText _two = new("abis/two.json", Json);

    [Fact]
    public void Edit_of_other_code_makes_nothing_again()
    {
        GeneratorRun run = Started();

        run.AddSource("class Unrelated { }");
        GeneratorRunResult result = run.Run();

        Assert.All(
            [.. GeneratorRun.Reasons(result, AbiGenerator.ContractsStep), .. GeneratorRun.SourceReasons(result)],
            reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Spaces_in_an_abi_change_no_output()
    {
        GeneratorRun run = Started();

        run.Replace(_two, new AbiText("abis/two.json", "\n " + Json.Replace(": ", ":\n")));
        GeneratorRunResult result = run.Run();

        Assert.Equal(
            [IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached],
            GeneratorRun.Reasons(result, AbiGenerator.FilesStep).Order());
        Assert.DoesNotContain(IncrementalStepRunReason.Modified, GeneratorRun.Reasons(result, AbiGenerator.ContractsStep));
        Assert.All(GeneratorRun.SourceReasons(result), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Change_of_an_abi_makes_only_its_own_output()
    {
        GeneratorRun run = Started();

        run.Replace(_two, new AbiText("abis/two.json", Json.Replace("bool", "address")));

        Assert.Equal(
            [IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached], GeneratorRun.SourceReasons(run.Run()).Order());
    }

    [Fact]
    public void Order_of_the_files_changes_no_output()
    {
        string[] forward = Sources(new GeneratorRun([_one, _two]));
        string[] backward = Sources(new GeneratorRun([_two, _one]));

        Assert.Equal(2, forward.Length);
        Assert.Equal(forward, backward);
    }

    private GeneratorRun Started()
    {
        var run = new GeneratorRun([_one, _two]);
        Assert.Equal(2, run.Run().GeneratedSources.Length);
        return run;
    }

    private static string[] Sources(GeneratorRun run) =>
        [.. run.Run().GeneratedSources.Select(source => source.HintName + "\n" + source.SourceText).Order(StringComparer.Ordinal)];
}
