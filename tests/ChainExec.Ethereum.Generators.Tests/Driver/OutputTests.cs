using Microsoft.CodeAnalysis;

namespace ChainExec.Ethereum.Generators.Tests.Driver;

public sealed class OutputTests
{
    private const string Sample = """
        [
          {"type": "constructor", "inputs": [{"type": "string", "name": "name"}], "stateMutability": "payable"},
          {"type": "function", "name": "transfer", "stateMutability": "nonpayable",
           "inputs": [{"type": "address", "name": "to"}, {"type": "uint96", "name": "selector"}],
           "outputs": [{"type": "bool", "name": ""}]},
          {"type": "function", "name": "quote", "stateMutability": "view",
           "inputs": [{"type": "tuple[]", "name": "orders", "internalType": "struct Lib.Order[]", "components": [
             {"type": "address", "name": "maker"}, {"type": "int24[2]", "name": "range"}]}],
           "outputs": [{"type": "bytes4", "name": "kind"}, {"type": "string", "name": ""}]},
          {"type": "event", "name": "Transfer", "anonymous": false,
           "inputs": [{"type": "address", "name": "from", "indexed": true}, {"type": "string", "name": "memo", "indexed": true},
             {"type": "uint256", "name": "value", "indexed": false}]},
          {"type": "error", "name": "Refused", "inputs": [{"type": "bool", "name": "for"}]}
        ]
        """;

    // UPDATE_SNAPSHOTS=1 writes it, as it does the snapshots of the engine.
    [Fact]
    public async Task Output_is_the_committed_one()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "Snapshots", "Sample.g.cs.txt");
        string made = Assert.Single(GeneratorRun.Of(Sample).GeneratedSources).SourceText.ToString();
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
        {
            await File.WriteAllTextAsync(path, made, TestContext.Current.CancellationToken);
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), made, ignoreLineEndingDifferences: true);
    }

    [Theory]
    [InlineData("abis/sample.json", null, null, "Abis", "Sample", "internal")]
    [InlineData("abis/entry_point-v0.8.json", "build_property.RootNamespace", "My.App", "My.App.Abis", "EntryPointV08", "internal")]
    [InlineData("abis/1inch.json", "build_property.AbiNamespace", "Theirs", "Theirs", "_1inch", "internal")]
    [InlineData("abis/WETH9.json", "abis/WETH9.json:AbiNamespace", "Coins", "Coins", "Weth9", "internal")]
    [InlineData("else/where.json", "else/where.json:AbiClass", "Where2", "Abis", "Where2", "internal")]
    [InlineData("abis/sample.json", "build_property.AbiPublic", "true", "Abis", "Sample", "public")]
    public void Class_and_namespace_are_of_the_options_or_of_the_file(
        string path, string? option, string? value, string space, string className, string visibility)
    {
        Dictionary<string, string> options = option is null ? [] : new() { [option] = value! };

        string code = Assert.Single(GeneratorRun.Of("[]", path, options).GeneratedSources).SourceText.ToString();

        Assert.Contains($"namespace {space};", code, StringComparison.Ordinal);
        Assert.Contains($"{visibility} static class {className}\n", code, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("else/where.json")]
    [InlineData("abis/notes.txt")]
    public void Other_files_are_left_alone(string path)
    {
        GeneratorRunResult result = GeneratorRun.Of("no ABI", path);

        Assert.Empty(result.Diagnostics);
        Assert.Empty(result.GeneratedSources);
    }

    [Fact]
    public void Abi_beside_bytecode_is_read()
    {
        GeneratorRunResult result = GeneratorRun.Of("""{"abi": [{"name": "f", "inputs": []}], "bytecode": "0x"}""");

        Assert.Contains("FCall", Assert.Single(result.GeneratedSources).SourceText.ToString(), StringComparison.Ordinal);
    }

    // A class called as one of its own members, and types, namespaces and members called as what the code uses.
    [Theory]
    [InlineData("FCall", "System")]
    [InlineData("FResult", "ChainExec")]
    [InlineData("Address", "ChainExec.Ethereum.Abi")]
    [InlineData("UInt256", "A")]
    [InlineData("System", "B")]
    public void Names_that_the_code_uses_itself_do_no_harm(string className, string space)
    {
        const string json = """
            [{"name": "f", "inputs": [{"type": "address[]", "name": "system"}, {"type": "tuple", "name": "abiCodec", "components": []}],
              "outputs": [{"type": "bool", "name": "global"}, {"type": "string", "name": "fCall"}]}]
            """;
        var run = new GeneratorRun([new AbiText("abis/a.json", json)], new Dictionary<string, string>
        {
            ["abis/a.json:AbiClass"] = className, ["abis/a.json:AbiNamespace"] = space, ["build_property.AbiPublic"] = "true",
        });

        Assert.Empty(run.Compile());
    }
}
