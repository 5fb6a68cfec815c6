namespace ChainExec.Cli.Tests.Offline;

/// <summary>The offline commands as people type them, beyond the examples of the guide.</summary>
public sealed class ArgumentTests
{
    private const string Mnemonic = "test test test test test test test test test test test junk";
    private const string Key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    private const string Account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    public static TheoryData<string[], string> Answers => new()
    {
        { ["abi", "selector", "transfer(address,uint256)", "--json"], "{\"selector\":\"0xa9059cbb\"}\n" },
        { ["abi", "selector", """{"signature":"transfer(address,uint256)"}"""], "0xa9059cbb\n" },
        { ["abi", "encode", "--types", "int8", "bool", "--values", "-1", "true"], $"0x{new string('f', 64)}{1:x64}\n" },
        { ["abi", "encode", "--types", "--values"], "0x\n" },
        { ["abi", "encode", "--types", "string", "--values", "@[1]"], $"0x{32:x64}{4:x64}405b315d{new string('0', 56)}\n" },
        { ["rlp", "encode", "0x646f67"], "0x83646f67\n" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_is_printed_bare(string[] arguments, string output)
    {
        ToolProcess run = await ToolProcess.RunAsync(arguments);

        Assert.Equal((0, output, ""), (run.ExitCode, run.Text, run.Error));
    }

    [Fact]
    public async Task Request_is_read_from_standard_input_as_well()
    {
        ToolProcess run = await ToolProcess.RunAsync(["keccak", "-"], "{\n  \"data\": \"0x\"\n}\n");

        Assert.Equal((0, "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470\n"), (run.ExitCode, run.Text));
    }

    [Fact]
    public async Task Mnemonic_and_passphrase_are_lines_of_standard_input()
    {
        ToolProcess plain = await ToolProcess.RunAsync(["wallet", "derive"], Mnemonic + "\n");
        ToolProcess other = await ToolProcess.RunAsync(
            ["wallet", "derive", "--passphrase", "--path", "m/44'/60'/0'/0/0"], Mnemonic + "\nTREZOR\n");

        Assert.Equal(Account + "\n", plain.Text);
        Assert.Equal("0x9313778B3753108128B9c476EBDd42FbD566F4Ed\n", other.Text);
    }

    [Fact]
    public async Task Key_is_a_line_of_standard_input()
    {
        const string tx = """{"chainId":1,"nonce":0,"gas":21000,"gasPrice":1,"to":"0x0000000000000000000000000000000000000001"}""";

        ToolProcess run = await ToolProcess.RunAsync(["tx", "sign", "--tx", tx], Key + "\n");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"from  {Account}\n", run.Text, StringComparison.Ordinal);
    }

    public static TheoryData<string[], int> Refusals => new()
    {
        { ["abi", "encode"], 1 },
        { ["abi", "encode", "--types", "uint8", "--values", "256"], 1 },
        { ["keccak", "abc"], 1 },
        { ["abi", "encode", "--types", "bool", "--values", "yes"], 2 },
        { ["keccak", "0x", "--text", "a"], 2 },
        { ["keccak", "0x", "--jsonl"], 2 },
        { ["typed-data", "hash"], 2 },
        { ["wallet", "derive", Mnemonic], 2 },
        { ["wallet", "derive"], 2 },
        { ["wallet", "derive", $$"""{"mnemonic":"{{Mnemonic}}","path":"m"}"""], 2 },
        { ["tx", "sign", Key], 2 },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Refusal_is_one_message_and_an_exit_code(string[] arguments, int exitCode)
    {
        ToolProcess run = await ToolProcess.RunAsync(arguments);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Text));
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("junk", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_as_JSON_is_data()
    {
        ToolProcess run = await ToolProcess.RunAsync("keccak", "abc", "--json");

        Assert.Equal((1, ""), (run.ExitCode, run.Error));
        Assert.StartsWith("{\"error\":{\"code\":\"invalid_value\",", run.Text, StringComparison.Ordinal);
    }

    // A script that asks one question should not wait for what the answer does not need.
    [Fact]
    public async Task Engine_and_database_driver_are_not_loaded()
    {
        string folder = Directory.CreateTempSubdirectory("chainexec-offline-").FullName;
        try
        {
            string[] needed = ["chainexec.dll", "chainexec.runtimeconfig.json", "ChainExec.Ethereum.dll", "System.CommandLine.dll"];
            foreach (string name in needed)
                File.Copy(Path.Combine(AppContext.BaseDirectory, name), Path.Combine(folder, name));

            ToolProcess run = await ToolProcess.RunInAsync(folder, "keccak", "0x");

            Assert.Equal((0, ""), (run.ExitCode, run.Error));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Help_of_the_whole_tool_names_the_offline_commands()
    {
        ToolProcess run = await ToolProcess.RunAsync("--help");

        string[] names = ["abi", "rlp", "keccak", "tx", "typed-data", "wallet", "rpc", "trace", "migrate"];
        Assert.All(names, name => Assert.Contains($"  {name} ", run.Text, StringComparison.Ordinal));
    }
}
