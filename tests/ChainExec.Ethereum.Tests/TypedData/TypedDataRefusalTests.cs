using ChainExec.Ethereum.TypedData;

namespace ChainExec.Ethereum.Tests.TypedData;

public sealed class TypedDataRefusalTests
{
    [Theory]
    [InlineData("uint8", "256")]
    [InlineData("uint8", "-1")]
    [InlineData("uint8", "\"256\"")]
    [InlineData("uint8", "\"-1\"")]
    [InlineData("uint8", "\"0x100\"")]
    [InlineData("uint8", "1.0")]
    [InlineData("uint8", "1e1")]
    [InlineData("uint8", "\"\"")]
    [InlineData("uint8", "\" 1\"")]
    [InlineData("uint8", "\"1.0\"")]
    [InlineData("uint8", "true")]
    [InlineData("uint8", "null")]
    [InlineData("uint256", "9007199254740992")]
    [InlineData("uint256", "115792089237316195423570985008687907853269984665640564039457584007913129639936")]
    [InlineData("uint256", "\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"")]
    [InlineData("int8", "128")]
    [InlineData("int8", "-129")]
    [InlineData("int256", "\"-57896044618658097711785492504343953926634992332820282019728792003956564819969\"")]
    [InlineData("int256", "\"57896044618658097711785492504343953926634992332820282019728792003956564819968\"")]
    [InlineData("int256", "\"-0x1\"")]
    [InlineData("bool", "1")]
    [InlineData("bool", "\"true\"")]
    [InlineData("string", "1")]
    [InlineData("string", "\"\\ud800\"")]
    [InlineData("bytes", "\"0x0\"")]
    [InlineData("bytes", "\"00\"")]
    [InlineData("bytes", "[0]")]
    [InlineData("bytes4", "\"0x010203\"")]
    [InlineData("bytes4", "\"0x0102030405\"")]
    [InlineData("address", "\"0x00\"")]
    [InlineData("address", "\"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCccccccCC\"")]
    [InlineData("uint8[2]", "[1]")]
    [InlineData("uint8[2]", "[1, 2, 3]")]
    [InlineData("uint8[]", "1")]
    [InlineData("uint8[]", "{}")]
    [InlineData("uint8[]", "[1, null]")]
    [InlineData("uint8[][]", "[[1], [256]]")]
    [InlineData("S", "[]")]
    [InlineData("S", "null")]
    [InlineData("S", "{}")]
    [InlineData("S", "{\"a\": 1, \"b\": 2}")]
    [InlineData("S", "{\"a\": 1, \"a\": 1}")]
    [InlineData("S", "{\"a\": null}")]
    public void Value_that_does_not_fit_its_type_is_refused_where_it_stands(string type, string value)
    {
        string json = Message($$"""{"M": [{"name": "v", "type": "{{type}}"}], "S": [{"name": "a", "type": "uint8"}]}""",
            $$"""{"v": {{value}}}""");
        Assert.StartsWith("message.v", Refusal(json).Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uint")]
    [InlineData("int")]
    [InlineData("uint7")]
    [InlineData("uint0")]
    [InlineData("uint264")]
    [InlineData("uint08")]
    [InlineData("int257")]
    [InlineData("bytes0")]
    [InlineData("bytes33")]
    [InlineData("fixed128x18")]
    [InlineData("function")]
    [InlineData("Missing")]
    [InlineData("Missing[]")]
    [InlineData("uint8[0]")]
    [InlineData("uint8[01]")]
    [InlineData("uint8[-1]")]
    [InlineData("uint8[")]
    [InlineData("uint8]")]
    [InlineData("[]")]
    [InlineData("uint8 []")]
    [InlineData("")]
    [InlineData("M,N")]
    [InlineData("M(uint8 a)")]
    [InlineData("uint8[99999999999]")]
    public void Types_that_are_none_are_refused(string type) =>
        Assert.Equal("types.M[0]", Refusal(Message($$"""{"M": [{"name": "v", "type": "{{type}}"}]}""", """{"v": 1}""")).Path);

    [Theory]
    [InlineData("""{"M": {}}""")]
    [InlineData("""{"M": [{"name": "v"}]}""")]
    [InlineData("""{"M": [{"name": "v", "type": "bool", "more": 1}]}""")]
    [InlineData("""{"M": [{"name": 1, "type": "bool"}]}""")]
    [InlineData("""{"M": [{"name": "v", "type": "bool"}, {"name": "v", "type": "bool"}]}""")]
    [InlineData("""{"M": [{"name": "v w", "type": "bool"}]}""")]
    [InlineData("""{"M": [{"name": "", "type": "bool"}]}""")]
    [InlineData("""{"M": [], "M": []}""")]
    [InlineData("""{"M": [], "uint256": []}""")]
    [InlineData("""{"M": [], "uint7": []}""")]
    [InlineData("""{"M": [], "A[]": []}""")]
    [InlineData("""{"M": [], "A(bool x)B": []}""")]
    [InlineData("""{"M": [], "\ud800": []}""")]
    [InlineData("[]")]
    public void Declarations_that_are_not_well_formed_are_refused(string types) =>
        Assert.StartsWith("types", Refusal(Message(types, "{}")).Path, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"chain": 1}""", "domain")]
    [InlineData("""{"chainId": null}""", "domain.chainId")]
    [InlineData("""{"chainId": 1, "chainId": 1}""", "domain")]
    [InlineData("""{"name": 1}""", "domain.name")]
    [InlineData("""{"salt": "0x00"}""", "domain.salt")]
    [InlineData("[]", "domain")]
    public void Domain_of_other_fields_than_the_standards_is_refused(string domain, string path) =>
        Assert.Equal(path, Refusal(Message("""{"M": []}""", "{}", domain)).Path);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"name": "x", "version": "1"}""")]
    public void Domain_that_is_not_of_its_declared_type_is_refused(string domain) => Assert.StartsWith(
        "domain",
        Refusal(Message("""{"M": [], "EIP712Domain": [{"name": "name", "type": "string"}]}""", "{}", domain)).Path,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"primaryType": "M", "domain": {}, "message": {}}""", "types")]
    [InlineData("""{"types": {"M": []}, "domain": {}, "message": {}}""", "primaryType")]
    [InlineData("""{"types": {"M": []}, "primaryType": "N", "domain": {}, "message": {}}""", "primaryType")]
    [InlineData("""{"types": {"M": []}, "primaryType": "M", "message": {}}""", "domain")]
    [InlineData("""{"types": {"M": []}, "primaryType": "M", "domain": {}}""", "message")]
    [InlineData("""{"types": {}, "primaryType": "EIP712Domain", "domain": {}, "message": {"a": 1}}""", "message")]
    [InlineData("[]", "$")]
    [InlineData("{", "$")]
    [InlineData("", "$")]
    public void Missing_part_is_named(string json, string path) => Assert.Equal(path, Refusal(json).Path);

    [Fact]
    public void Path_leads_through_structs_and_arrays()
    {
        string json = Message(
            """{"M": [{"name": "orders", "type": "Order[]"}], "Order": [{"name": "legs", "type": "uint8[2][]"}]}""",
            """{"orders": [{"legs": []}, {"legs": [[1, 2], [3, 300]]}]}""");
        Assert.Equal("message.orders[1].legs[1][1]", Refusal(json).Path);
    }

    [Fact]
    public void Values_that_contain_themselves_end_at_the_bound()
    {
        var structs = new Dictionary<string, IReadOnlyList<TypedDataField>>
        {
            ["Node"] = [new("children", "Node[]")],
            ["Pair"] = [new("left", "Pair[]"), new("right", "Pair[]")],
        };
        Dictionary<string, object?> node = [];
        node["children"] = new object[] { node };
        Assert.Contains("deeper", Refusal(structs, "Node", node), StringComparison.Ordinal);

        // Not deep, but 2^30 values.
        Dictionary<string, object?> pair = new() { ["left"] = Array.Empty<object>(), ["right"] = Array.Empty<object>() };
        for (int i = 0; i < 30; i++)
        {
            pair = new() { ["left"] = new object[] { pair }, ["right"] = new object[] { pair } };
        }

        Assert.Contains("values", Refusal(structs, "Pair", pair), StringComparison.Ordinal);
    }

    [Fact]
    public void More_structs_or_fields_than_the_bounds_are_refused()
    {
        IReadOnlyList<TypedDataField> many =
            [.. Enumerable.Range(0, TypedDataTypes.FieldsMax + 1).Select(i => new TypedDataField($"f{i}", "bool"))];
        Assert.Throws<TypedDataException>(() => new TypedDataTypes(new Dictionary<string, IReadOnlyList<TypedDataField>> { ["M"] = many }));
        Assert.Throws<TypedDataException>(() => new TypedDataTypes(Enumerable.Range(0, TypedDataTypes.StructsMax + 1)
            .ToDictionary(i => $"S{i}", _ => (IReadOnlyList<TypedDataField>)[])));
        Assert.Throws<TypedDataException>(() => TypedMessage.ParseJson(new string(' ', TypedMessage.TextLengthMax + 1)));
    }

    // No theory: the compiler stores no half of a pair in an attribute.
    [Fact]
    public void Text_with_half_a_surrogate_pair_is_refused()
    {
        Assert.Equal("$", Refusal("{\"\ud800\": 1}").Path);
        Assert.Equal("$", Refusal("\udc00").Path);
    }

    private static string Message(string types, string message, string domain = "{}") =>
        $$"""{"types": {{types}}, "primaryType": "M", "domain": {{domain}}, "message": {{message}}}""";

    private static TypedDataException Refusal(string json) => Assert.Throws<TypedDataException>(() => TypedMessage.ParseJson(json));

    private static string Refusal(
        Dictionary<string, IReadOnlyList<TypedDataField>> structs, string primaryType, Dictionary<string, object?> message) =>
        Assert.Throws<TypedDataException>(() => TypedMessage.Create(structs, primaryType, new TypedDataDomain(), message)).Message;
}
