using System.Text;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Tests.Abi;

public sealed class AbiContractTests
{
    [Theory]
    [InlineData("", 0, "is no JSON")]
    [InlineData("[", 1, "is no JSON")]
    [InlineData("[]]", 2, "is no JSON")]
    [InlineData("[] []", 3, "is no JSON")]
    [InlineData("[,]", 1, "is no JSON")]
    [InlineData("{}", 0, "no member 'abi'")]
    [InlineData("""{"abi":[],"abi":[]}""", 10, "abi: It is given twice")]
    [InlineData("""{"abi":{}}""", 7, "The abi is no array")]
    [InlineData("7", 0, "The abi is no array")]
    [InlineData("[7]", 1, "abi[0]: The entry is no object")]
    [InlineData("[{}]", 1, "abi[0].type: It is missing")]
    [InlineData("""[{"type":"event","type":"event"}]""", 17, "abi[0].type: It is given twice")]
    [InlineData("""[{"type":7}]""", 9, "abi[0]: The type is no string")]
    [InlineData("""[{"type":"modifier"}]""", 1, "abi[0].type: It is none of")]
    [InlineData("""[{"type":"function","name":"f"}]""", 1, "abi[0].inputs: It is missing")]
    [InlineData("""[{"type":"function","inputs":[]}]""", 1, "abi[0].name: It is missing")]
    [InlineData("""[{"type":"function","name":"f(","inputs":[]}]""", 1, "abi[0].name: It is no identifier")]
    [InlineData("""[{"type":"function","name":"é","inputs":[]}]""", 1, "abi[0].name: It is no identifier")]
    [InlineData("""[{"type":"function","name":"f","inputs":{}}]""", 40, "abi[0]: The inputs is no array")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"name":"a"}]}]""", 41, "abi[0].inputs[0].type: It is missing")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"type":"uint7"}]}]""", 49, "abi[0].inputs[0].type: There is no such type")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"type":"uint[ ]"}]}]""", 49, "abi[0].inputs[0].type: A type has space")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"type":"uint[-1]"}]}]""", 49, "abi[0].inputs[0].type: An array length")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"type":"(uint8)"}]}]""", 49, "abi[0].inputs[0].type: There is no such")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"type":"tuple"}]}]""", 49, "abi[0].inputs[0].type: A tuple has no comp")]
    [InlineData(
        """[{"type":"function","name":"f","inputs":[{"type":"uint8","components":[{"type":"uint8"}]}]}]""", 49,
        "abi[0].inputs[0].type: Only a tuple")]
    [InlineData(
        """[{"type":"event","name":"E","inputs":[{"type":"tuple","components":[{"type":"uint8"},{"type":"x"}]}]}]""", 93,
        "abi[0].inputs[0].components[1].type: There is no such type")]
    [InlineData(
        """[{"type":"event","name":"E","inputs":[{"type":"tuple","components":[{"type":"uint8","indexed":true}]}]}]""", 68,
        "abi[0].inputs[0].components[0]: Only parameters of events")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"type":"uint8","indexed":true}]}]""", 1, "abi[0]: Only parameters of events")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"type":"uint8","indexed":1}]}]""", 67, "inputs[0].indexed: It is neither")]
    [InlineData("""[{"type":"function","name":"f","inputs":[],"stateMutability":"free"}]""", 1, "abi[0].stateMutability: There is no")]
    [InlineData("""[{"type":"constructor","stateMutability":"view"}]""", 1, "abi[0].stateMutability: A constructor is payable or")]
    [InlineData("""[{"type":"fallback","stateMutability":"pure"}]""", 1, "abi[0].stateMutability: A fallback is payable or")]
    [InlineData("""[{"type":"receive","stateMutability":"nonpayable"}]""", 1, "abi[0].stateMutability: A receive function is payable")]
    [InlineData("""[{"type":"constructor"},{"type":"constructor"}]""", 24, "abi[1]: There is a constructor before")]
    [InlineData(
        """[{"type":"function","name":"f","inputs":[]},{"type":"function","name":"f","inputs":[]}]""", 44,
        "abi[1]: A function before has the selector of f")]
    [InlineData(
        """[{"type":"error","name":"collate_propagate_storage","inputs":[{"type":"bytes16"}]},"""
        + """{"type":"error","name":"burn","inputs":[{"type":"uint256"}]}]""", 83, "abi[1]: Another error before has the selector of burn")]
    [InlineData("""[{"type":"event","name":"\ud800","inputs":[]}]""", 24, "abi[0].name: It is no Unicode text")]
    [InlineData("""[{"\ud800":1}]""", 2, "abi[0]: A name is no Unicode text")]
    [InlineData("""{"\ud800":1}""", 1, "A name is no Unicode text")]
    [InlineData("""[{"type":"function","name":"f","inputs":[{"\udc00":1}]}]""", 42, "inputs[0]: A name is no Unicode text")]
    public void Json_that_is_no_abi_is_refused_with_the_element_and_the_byte(string json, int position, string message)
    {
        AbiException error = Assert.Throws<AbiException>(() => AbiContract.ParseJson(json));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(position, error.Position);
    }

    [Fact]
    public void Json_beyond_the_bounds_is_refused()
    {
        string parameters = string.Join(',', Enumerable.Repeat("""{"type":"bool"}""", AbiParameter.CountMax + 1));
        Refuse($$"""[{"type":"event","name":"E","inputs":[{{parameters}}]}]""");
        Refuse(new string('[', 100_000));
        Refuse($$"""[{"type":"function","name":"f","inputs":[{{Nested(AbiType.DepthMax + 1)}}]}]""");
        Refuse(new string(' ', AbiContract.JsonSizeMax + 1));
        Assert.Throws<AbiException>(() => AbiContract.ParseJson(new byte[AbiContract.JsonSizeMax + 1]));
        Assert.Throws<AbiException>(() => AbiContract.ParseJson([.. "[{\"type\":\""u8, 0xFF, .. "\"}]"u8]));
        Refuse("[\"\ud800\"]");
        string entry = string.Join(',', Enumerable.Range(0, 17_000).Select(i => $$"""{"type":"event","name":"E{{i}}","inputs":[]}"""));
        Refuse($"[{entry}]");
    }

    [Fact]
    public void Deepest_nest_is_read()
    {
        AbiContract contract = AbiContract.ParseJson(
            $$"""[{"type":"function","name":"f","inputs":[{{Nested(AbiType.DepthMax)}}]}]""");
        Assert.Equal(AbiType.DepthMax, contract.Functions[0].Inputs[0].Type.Depth);
    }

    [Fact]
    public void Artifact_and_array_are_the_same_and_unknown_members_are_skipped()
    {
        const string abi = """[{"gas":7,"x":{"y":[1,2]},"inputs":[{"type":"tuple[2]","components":[{"name":"a","type":"int8"}],"z":[]}],"""
            + """ "name":"f","type":"function"}]""";
        string deep = new string('[', 900) + new string(']', 900);
        string artifact = $$$"""{"contractName":"C","ast":{{{deep}}},"abi":{{{abi}}},"bytecode":{"object":"0x"}}""";
        string expected = "function f((int8 a)[2])";
        Assert.Equal([expected], AbiContract.ParseJson(abi).ToDeclarations());
        Assert.Equal([expected], AbiContract.ParseJson(artifact).ToDeclarations());
        Assert.Equal([expected], AbiContract.ParseJson(Encoding.UTF8.GetBytes(artifact)).ToDeclarations());
    }

    [Fact]
    public void Flags_of_old_compilers_are_the_mutability()
    {
        AbiContract contract = AbiContract.ParseJson("""
            [{"type":"function","name":"a","inputs":[],"constant":true,"payable":false},
             {"type":"function","name":"b","inputs":[],"constant":false,"payable":true},
             {"type":"function","name":"c","inputs":[],"outputs":[]},
             {"type":"fallback"}]
            """);
        Assert.Equal(
            [AbiStateMutability.View, AbiStateMutability.Payable, AbiStateMutability.Nonpayable],
            contract.Functions.Select(function => function.StateMutability));
        Assert.Equal(AbiStateMutability.Nonpayable, contract.Fallback);
        Assert.False(contract.HasReceive);
        Assert.Null(contract.Constructor);
    }

    [Fact]
    public void Events_and_errors_that_are_listed_twice_are_one_and_other_indexing_is_another()
    {
        AbiContract contract = AbiContract.Parse(
        [
            "event E(address a)", "event E(address a)", "event E(address indexed a)", "error F(uint8)", "error F(uint8 named)",
        ]);
        Assert.Equal(["event E(address a)", "event E(address indexed a)", "error F(uint8)"], contract.ToDeclarations());
        Assert.Equal(2, contract.GetEvents("E(address)").Count);
        Hash32 topic0 = contract.Events[0].Topic0;
        Assert.Same(contract.Events[1], contract.FindEvent([topic0, Hash32.Zero]));
        Assert.Null(contract.FindEvent([topic0, Hash32.Zero, Hash32.Zero]));
        Assert.Null(contract.FindEvent([]));
        Assert.Equal(2, contract.FindEvents(topic0).Count);
        Assert.Single(contract.GetErrors("F"));
    }

    [Fact]
    public void Declarations_use_structs_in_any_order()
    {
        AbiContract contract = AbiContract.Parse(
        [
            "function pay(Order[2] calldata orders, Leg) external payable returns (Leg memory)",
            "struct Order { address maker; Leg[] legs; }",
            "struct Leg { uint amount; bytes32 id; }",
            "constructor(Leg memory first) payable",
            "fallback(bytes calldata) external payable returns (bytes memory);",
            "receive() external payable",
        ]);
        Assert.Equal(
            [
                "constructor((uint256 amount, bytes32 id) first) payable",
                "receive() external payable",
                "fallback() external payable",
                "function pay((address maker, (uint256 amount, bytes32 id)[] legs)[2] orders, (uint256 amount, bytes32 id)) payable"
                    + " returns ((uint256 amount, bytes32 id))",
            ],
            contract.ToDeclarations());
        Assert.Equal(contract.ToDeclarations(), AbiContract.Parse(contract.ToDeclarations()).ToDeclarations());
    }

    [Theory]
    [InlineData("declarations[0]: A declaration starts with", "transfer(address to)")]
    [InlineData("declarations[1]: A type was expected", "function f()", "function g(Absent x)")]
    [InlineData("Structs are nested deeper", "struct A { B b; }", "struct B { A[] a; }")]
    [InlineData("'A' is a type already", "struct A { bool b; }", "struct A { bool b; }")]
    [InlineData("'uint' is a type already", "struct uint { bool b; }")]
    [InlineData("declarations[1]: There is a fallback function before", "fallback()", "fallback() external")]
    [InlineData("declarations[1]: There is a receive function before", "receive()", "receive() external payable")]
    [InlineData("Expected fallback() or", "fallback(bytes)")]
    [InlineData("Expected fallback() or", "fallback(uint256) returns (bytes)")]
    [InlineData("A fallback function is payable or nonpayable", "fallback() view")]
    [InlineData("Expected receive() payable", "receive() view")]
    [InlineData("Expected receive() payable", "receive(bytes)")]
    [InlineData("Expected 'payable' or the end", "constructor() view")]
    [InlineData("Expected 'payable' or the end", "constructor() returns (bool)")]
    [InlineData("Expected ';'", "struct A { bool b }")]
    [InlineData("Expected '{'", "struct A (bool b)")]
    public void Declarations_that_are_malformed_are_refused_with_which(string message, params string[] declarations)
    {
        AbiException error = Assert.Throws<AbiException>(() => AbiContract.Parse(declarations));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    // 20 structs of two members each would be a canonical text of a million types.
    [Fact]
    public void Structs_that_multiply_are_refused()
    {
        IEnumerable<string> structs = Enumerable.Range(0, 20).Select(i => $"struct S{i} {{ S{i + 1} a; S{i + 1} b; }}");
        AbiException error = Assert.Throws<AbiException>(() => AbiContract.Parse([.. structs, "struct S20 { bool a; }"]));
        Assert.Contains("canonical text is longer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_json_throws_only_the_typed_exception()
    {
        var cases = AbiCases.Start();
        byte[] json = Encoding.UTF8.GetBytes("""
            {"abi":[{"type":"function","name":"f","inputs":[{"type":"tuple[2]","name":"t","components":[{"name":"a","type":"uint8"}]}],
            "outputs":[{"name":"","type":"bool"}],"stateMutability":"view"},{"type":"event","name":"E","anonymous":false,
            "inputs":[{"name":"\u0061","type":"bytes","indexed":true}]},{"type":"fallback","stateMutability":"payable"}]}
            """);
        for (int i = 0; i < AbiCases.Count(3_000, 100_000); i++)
        {
            byte[] mutated = [.. cases.Mutated(json), 0];
            mutated[cases.Next(mutated.Length)] = cases.Pick((byte)'"', (byte)'{', (byte)'}', (byte)'[', (byte)']', (byte)',', (byte)'\\');
            try
            {
                AbiContract.ParseJson(mutated);
            }
            catch (AbiException)
            {
            }
        }
    }

    private static void Refuse(string json) => Assert.Throws<AbiException>(() => AbiContract.ParseJson(json));

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("""{"type":"tuple","components":[""", depth)) + """{"type":"bool"}"""
        + string.Concat(Enumerable.Repeat("]}", depth));
}
