using System.Text.Json;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Tests.Abi;

namespace ChainExec.Ethereum.Tests.Differential;

/// <summary>Random types and values against viem: whoever is wrong, the bytes differ.</summary>
public sealed class AbiDifferentialTests(ReferenceProcess reference) : IClassFixture<ReferenceProcess>
{
    private const int BatchSize = 1_000;
    private static readonly string[] IndexedTypes = ["address", "uint256", "int64", "bool", "bytes32", "bytes3", "string", "bytes"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Encodings_and_values_are_those_of_viem() => CompareAsync(AbiCases.Count(1_000, 25_000), cases =>
    {
        AbiType[] types = cases.Types(3);
        object[] values = cases.Values(types);
        byte[] data = AbiEncoder.Encode(types, values);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "abi");
            AbiJson.Write(json, "types", types.Select(type => new AbiParameter(type, "", Indexed: false)));
            AbiJson.Write(json, "values", values);
            json.WriteString("data", Hex.Encode(data));
        });
        return (request, answer =>
        {
            AssertSame(Hex.Encode(data), answer, "data", request);
            AssertSame(AbiJson.Values(values), answer, "values", request);
            AssertSame(AbiJson.Values(AbiDecoder.Decode(types, data)), answer, "values", request);
        });
    });

    [Fact]
    public Task Packed_encodings_are_those_of_viem() => CompareAsync(AbiCases.Count(400, 10_000), cases =>
    {
        AbiType[] types = [.. Enumerable.Range(0, 1 + cases.Next(4)).Select(_ => cases.PackableType())];
        object[] values = cases.Values(types);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "packed");
            AbiJson.Write(json, "types", types.Select(type => (object)type.Canonical));
            AbiJson.Write(json, "values", values);
        });
        return (request, answer => AssertSame(Hex.Encode(AbiPacked.Encode(types, values)), answer, "data", request));
    });

    [Fact]
    public Task Logs_are_those_of_viem() => CompareAsync(AbiCases.Count(400, 10_000), cases =>
    {
        var item = AbiEvent.Parse($"event {Name(cases)}({string.Join(", ", EventParameters(cases))})");
        object[] values = cases.Values(item.Inputs.Select(input => input.Type));
        (IReadOnlyList<Hash32> topics, byte[] data) = item.Encode(values);
        IEnumerable<object> topicTexts = topics.Select(topic => (object)topic);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "event");
            json.WriteStartObject("item");
            json.WriteString("type", "event");
            json.WriteString("name", item.Name);
            AbiJson.Write(json, "inputs", item.Inputs);
            json.WriteEndObject();
            AbiJson.Write(json, "values", values);
            AbiJson.Write(json, "topics", topicTexts);
            json.WriteString("data", Hex.Encode(data));
        });
        return (request, answer =>
        {
            AssertSame(AbiJson.Values(topicTexts), answer, "topics", request);
            AssertSame(Hex.Encode(data), answer, "data", request);
            AssertSame(AbiJson.Values(item.Decode(topics, data)), answer, "values", request);
        });
    });

    [Fact]
    public Task Declarations_are_read_by_viem_with_the_same_types_and_hashes() => CompareAsync(AbiCases.Count(200, 5_000), cases =>
    {
        (string declaration, IReadOnlyList<AbiParameter> inputs, string hash) = Declaration(cases);
        string request = AbiJson.Line(json =>
        {
            json.WriteString("op", "declaration");
            json.WriteString("text", declaration);
        });
        return (request, answer =>
        {
            AssertSame(hash, answer, "hash", request);

            // The parameters as viem read them from our text, through our JSON reader, are ours again.
            string item = $"[{answer.GetProperty("item").GetRawText()}]";
            AbiContract read = AbiContract.ParseJson(item);
            IReadOnlyList<AbiParameter> readInputs = read switch
            {
                { Functions: [var function] } => function.Inputs,
                { Events: [var found] } => found.Inputs,
                _ => read.Errors.Single().Inputs,
            };
            Assert.Equal(string.Join(", ", inputs), string.Join(", ", readInputs));
            Assert.Equal([declaration], read.ToDeclarations());
        });
    });

    private static string Name(AbiCases cases) => cases.Pick("Transfer", "f", "_x", "Long1Name");

    private static IEnumerable<string> EventParameters(AbiCases cases)
    {
        int indexedLeft = cases.Next(4);
        for (int i = 0; i <= cases.Next(5); i++)
        {
            bool isIndexed = indexedLeft > 0 && cases.Next(2) == 0;
            indexedLeft -= isIndexed ? 1 : 0;
            AbiType type = isIndexed ? AbiType.Parse(cases.Pick(IndexedTypes)) : cases.Type(2);
            yield return new AbiParameter(type, $"argument{i}", isIndexed).ToString();
        }
    }

    private static (string Declaration, IReadOnlyList<AbiParameter> Inputs, string Hash) Declaration(AbiCases cases)
    {
        string inputs = string.Join(", ", cases.Types(3).Select((type, i) => new AbiParameter(type, $"argument{i}", Indexed: false)));
        string name = Name(cases);
        switch (cases.Next(3))
        {
            case 0:
                string mutability = cases.Pick("", " payable", " view", " pure");
                string results = cases.Pick("", $" returns {new AbiParameter(AbiType.Parse($"({inputs})"), "", Indexed: false)}");
                var function = AbiFunction.Parse($"function {name}({inputs}){mutability}{results}");
                return (function.ToDeclaration(), function.Inputs, Hex.Encode(function.Selector.Span));
            case 1:
                var item = AbiEvent.Parse($"event {name}({string.Join(", ", EventParameters(cases))})");
                return (item.ToDeclaration(), item.Inputs, item.Topic0.ToString());
            default:
                var error = AbiError.Parse($"error {name}({inputs})");
                return (error.ToDeclaration(), error.Inputs, Hex.Encode(error.Selector.Span));
        }
    }

    private async Task CompareAsync(int count, Func<AbiCases, (string Request, Action<JsonElement> Check)> make)
    {
        var cases = AbiCases.Start();
        for (int done = 0; done < count; done += BatchSize)
        {
            (string Request, Action<JsonElement> Check)[] batch =
                [.. Enumerable.Range(0, Math.Min(BatchSize, count - done)).Select(_ => make(cases))];
            IReadOnlyList<JsonElement> answers = await reference.AskAsync([.. batch.Select(item => item.Request)], Token);
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i].Check(answers[i]);
            }
        }
    }

    private static void AssertSame(string expected, JsonElement answer, string member, string request) => Assert.True(
        answer.GetProperty(member).GetString() == expected,
        $"{member} differ\nours:    {expected}\ntheirs:  {answer.GetProperty(member)}\nrequest: {request}");

    private static void AssertSame(JsonElement expected, JsonElement answer, string member, string request) => Assert.True(
        JsonElement.DeepEquals(expected, answer.GetProperty(member)),
        $"{member} differ\nours:    {expected}\ntheirs:  {answer.GetProperty(member)}\nrequest: {request}");
}
