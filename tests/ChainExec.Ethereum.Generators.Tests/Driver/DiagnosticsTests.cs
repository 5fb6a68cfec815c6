using Microsoft.CodeAnalysis;

namespace ChainExec.Ethereum.Generators.Tests.Driver;

public sealed class DiagnosticsTests
{
    private const string Event = """{"type":"event","name":"E","anonymous":false,"inputs":[""";

    [Theory]
    // Not JSON.
    [InlineData("", "CEABI001", 1, 1)]
    [InlineData("[", "CEABI001", 1, 2)]
    [InlineData("[]\n]", "CEABI001", 2, 1)]
    [InlineData("[\n  {\"type\": \"event\",}\n]", "CEABI001", 2, 20)]
    [InlineData("[{\"type\": \"function\", \"name\": \"a\", \"name\": \"b\"}]", "CEABI001", 1, 36)]
    [InlineData("[{\"a\": \"\\x\"}]", "CEABI001", 1, 10)]
    [InlineData("[{\"a\": \"\\u12\"}]", "CEABI001", 1, 11)]
    [InlineData("[{\"a\": \"no end}]", "CEABI001", 1, 17)]
    [InlineData("[01]", "CEABI001", 1, 3)]
    [InlineData("[1.]", "CEABI001", 1, 4)]
    [InlineData("[nul]", "CEABI001", 1, 2)]
    // No ABI.
    [InlineData("{}", "CEABI002", 1, 1)]
    [InlineData("{\n\"abi\": 1}", "CEABI002", 2, 8)]
    [InlineData("[\n  7]", "CEABI002", 2, 3)]
    [InlineData("[{\"type\": \"procedure\"}]", "CEABI002", 1, 11)]
    [InlineData("[{\"type\": 1}]", "CEABI002", 1, 11)]
    [InlineData("[{\"type\": \"function\", \"inputs\": []}]", "CEABI002", 1, 2)]
    [InlineData("[{\"name\": \"f\"}]", "CEABI002", 1, 2)]
    [InlineData("[{\"name\": \"f\", \"inputs\": {}}]", "CEABI002", 1, 26)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [1]}]", "CEABI002", 1, 27)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"name\": \"a\"}]}]", "CEABI002", 1, 27)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"tuple\"}]}]", "CEABI002", 1, 27)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [], \"stateMutability\": \"free\"}]", "CEABI002", 1, 49)]
    [InlineData("[{\"type\": \"event\", \"name\": \"e\", \"inputs\": [], \"anonymous\": \"no\"}]", "CEABI002", 1, 60)]
    // Types.
    [InlineData("[{\"name\": \"f\", \"inputs\": [\n  {\"type\": \"uint7\"}]}]", "CEABI003", 2, 12)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"uint264\"}]}]", "CEABI003", 1, 36)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"uint08\"}]}]", "CEABI003", 1, 36)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"bytes33\"}]}]", "CEABI003", 1, 36)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"fixed128\"}]}]", "CEABI003", 1, 36)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"\"}]}]", "CEABI003", 1, 36)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"uint8[2\"}]}]", "CEABI003", 1, 42)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"uint8[02]\"}]}]", "CEABI003", 1, 42)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"uint8[]x\"}]}]", "CEABI003", 1, 44)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"tuple\", \"components\": [{\"type\": \"no\"}]}]}]", "CEABI003", 1, 69)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [], \"outputs\": [{\"type\": \"no\"}]}]", "CEABI003", 1, 51)]
    // Names.
    [InlineData("[{\"name\": \"a b\", \"inputs\": []}]", "CEABI004", 1, 11)]
    [InlineData("[{\"name\": \"\", \"inputs\": []}]", "CEABI004", 1, 11)]
    [InlineData("[{\"name\": \"1a\", \"inputs\": []}]", "CEABI004", 1, 11)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"bool\", \"name\": \"a-b\"}]}]", "CEABI004", 1, 52)]
    // Contradictions.
    [InlineData(
        "[{\"name\": \"f\", \"inputs\": []},\n{\"name\": \"f\", \"inputs\": [], \"outputs\": [{\"type\": \"bool\"}]}]", "CEABI006", 2, 1)]
    // Limits.
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"uint8[1048577]\"}]}]", "CEABI008", 1, 36)]
    [InlineData("[{\"name\": \"f\", \"inputs\": [{\"type\": \"uint8[1048576][2]\"}]}]", "CEABI008", 1, 36)]
    public void Malformed_abi_is_an_error_at_its_place(string json, string id, int line, int column)
    {
        Diagnostic diagnostic = Assert.Single(GeneratorRun.Of(json).Diagnostics);

        FileLinePositionSpan place = diagnostic.Location.GetLineSpan();
        Assert.Equal(
            (id, "abis/sample.json", line, column, DiagnosticSeverity.Error),
            (diagnostic.Id, place.Path, place.StartLinePosition.Line + 1, place.StartLinePosition.Character + 1, diagnostic.Severity));
        Assert.NotEmpty(diagnostic.GetMessage(null));
    }

    [Theory]
    [InlineData(4, "false", "CEABI005")]
    [InlineData(3, "false", null)]
    [InlineData(5, "true", "CEABI005")]
    [InlineData(4, "true", null)]
    public void Event_has_no_more_topics_than_a_log(int indexed, string anonymous, string? id)
    {
        string inputs = string.Join(",", Enumerable.Repeat("""{"type":"bool","indexed":true}""", indexed));

        Assert.Equal(id, Run($$"""[{{Event.Replace("false", anonymous)}}{{inputs}}]}]""").SingleOrDefault()?.Id);
    }

    [Fact]
    public void Nesting_is_bounded_in_types_and_in_json()
    {
        string deep = "uint8" + string.Concat(Enumerable.Repeat("[]", 33));
        string ends = string.Concat(Enumerable.Repeat("]}", 33));
        string tuples = string.Concat(Enumerable.Repeat("""{"type":"tuple","components":[""", 33));

        Assert.Equal(["CEABI008"], Run($$"""[{"name":"f","inputs":[{"type":"{{deep}}"}]}]""").Select(defect => defect.Id));
        Assert.Equal(
            ["CEABI008"], Run($$"""[{"name":"f","inputs":[{{tuples}}{{ends}}]}]""").Select(defect => defect.Id));
        Assert.Equal(["CEABI008"], Run(new string('[', 100_000)).Select(defect => defect.Id));
    }

    [Fact]
    public void Too_many_parameters_and_too_long_names_are_refused()
    {
        string parameters = string.Join(",", Enumerable.Repeat("""{"type":"bool"}""", 257));

        Assert.Equal(["CEABI008"], Run($$"""[{"name":"f","inputs":[{{parameters}}]}]""").Select(defect => defect.Id));
        Assert.Equal(["CEABI008"], Run($$"""[{"name":"{{new string('n', 129)}}","inputs":[]}]""").Select(defect => defect.Id));
    }

    [Fact]
    public void Every_defect_of_a_file_is_shown_and_the_rest_is_generated()
    {
        GeneratorRunResult result = GeneratorRun.Of("""
            [
              {"name": "good", "inputs": []},
              {"name": "bad", "inputs": [{"type": "no"}]},
              {"type": "event", "name": "1", "inputs": []}
            ]
            """);

        Assert.Equal([2, 3], result.Diagnostics.Select(defect => defect.Location.GetLineSpan().StartLinePosition.Line));
        Assert.Contains("GoodCall", Assert.Single(result.GeneratedSources).SourceText.ToString());
    }

    [Fact]
    public void File_that_cannot_be_read_is_an_error() =>
        Assert.Equal("CEABI001", Assert.Single(new GeneratorRun([new AbiText("abis/gone.json", null)]).Run().Diagnostics).Id);

    [Theory]
    [InlineData("AbiClass", "a b")]
    [InlineData("AbiClass", "class")]
    [InlineData("AbiNamespace", "A..B")]
    [InlineData("AbiNamespace", "A.int")]
    public void Class_or_namespace_that_is_no_name_is_an_error(string option, string value) => Assert.Equal(
        "CEABI007",
        Assert.Single(GeneratorRun.Of(
            "[]", "abis/a.json", new Dictionary<string, string> { ["abis/a.json:" + option] = value }).Diagnostics).Id);

    [Theory]
    [InlineData("AbiCodec")]
    [InlineData("AbiFileName")]
    [InlineData("FATuple")]
    public void Class_called_as_a_member_of_it_is_an_error(string className) => Assert.Equal(
        "CEABI007",
        Assert.Single(GeneratorRun.Of(
            """[{"name": "f", "inputs": [{"type": "tuple", "name": "a", "components": []}]}]""",
            "abis/a.json",
            new Dictionary<string, string> { ["abis/a.json:AbiClass"] = className }).Diagnostics).Id);

    // Names of generated sources do not differ by case, and a name given twice would end the generator.
    [Fact]
    public void Two_files_of_one_class_are_an_error_at_the_second()
    {
        GeneratorRunResult result = new GeneratorRun([new AbiText("b/abis/COIN.json", "[]"), new AbiText("a/abis/coin.json", "[]")],
            new Dictionary<string, string> { ["b/abis/COIN.json:AbiClass"] = "COIN" }).Run();

        Diagnostic diagnostic = Assert.Single(result.Diagnostics);
        Assert.Equal(("CEABI007", "b/abis/COIN.json"), (diagnostic.Id, diagnostic.Location.GetLineSpan().Path));
        Assert.Single(result.GeneratedSources);
    }

    private static IEnumerable<Diagnostic> Run(string json) => GeneratorRun.Of(json).Diagnostics;
}
