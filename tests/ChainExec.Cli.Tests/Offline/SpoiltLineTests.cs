using System.Text;
using System.Text.Json;
using ChainExec.Cli.Offline;
using ChainExec.Ethereum.Attribution;

namespace ChainExec.Cli.Tests.Offline;

/// <summary>Requests of the tables with bytes changed, cut out and doubled: whatever comes, the answer is no defect.</summary>
public sealed class SpoiltLineTests
{
    private const int Rounds = 40;
    private const string Alphabet = "\0\"\\{}[]:,.-+0129aefxXuntrl \t\u00E9";

    private static readonly Dictionary<string, OfflineTool> Tools = new()
    {
        ["abi-encode"] = AbiTools.Encode,
        ["abi-decode"] = AbiTools.Decode,
        ["abi-selector"] = AbiTools.Selector,
        ["abi-event"] = AbiTools.Event,
        ["rlp-encode"] = RlpTools.Encode,
        ["rlp-decode"] = RlpTools.Decode,
        ["keccak"] = KeccakTool.Hash,
        ["tx-decode"] = TransactionTools.Decode,
        ["tx-encode"] = TransactionTools.Encode,
        ["tx-sign"] = TransactionTools.Sign,
        ["tx-recover"] = TransactionTools.Recover,
        ["typed-data-hash"] = TypedDataTools.Hash,
        ["wallet-derive"] = WalletTools.Derive,
        ["rpc-classify"] = RpcTools.Classify,
        ["trace-attribute"] = TraceTools.Attribute(BatchTable.Shipped),
    };

    public static TheoryData<string> Names => [.. CaseFile.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Spoilt_line_gets_one_line_that_is_no_defect(string name)
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var answers = new Answers(RequestLimits.Values);
        foreach (string request in CaseFile.Read(name).Requests)
        {
            for (int round = 0; round < (name == "wallet-derive" ? 2 : Rounds); round++)
            {
                byte[] line = Spoil(random, Encoding.UTF8.GetBytes(request));
                answers.Clear();
                answers.Answer(Tools[name], line);
                Assert.True(IsNoDefect(answers.Lines), $"{Encoding.UTF8.GetString(line)}\ngot {Encoding.UTF8.GetString(answers.Lines)}");
            }
        }
    }

    private static bool IsNoDefect(ReadOnlySpan<byte> lines) =>
        lines.IndexOf((byte)'\n') == lines.Length - 1
        && !(JsonElement.Parse(lines).TryGetProperty("error", out JsonElement error)
            && error.GetProperty("code").GetString() == OfflineException.Internal);

    private static byte[] Spoil(Random random, byte[] line)
    {
        List<byte> spoilt = [.. line];
        for (int changes = random.Next(1, 4); changes > 0 && spoilt.Count > 0; changes--)
        {
            int at = random.Next(spoilt.Count);
            int length = Math.Min(random.Next(1, 9), spoilt.Count - at);
            switch (random.Next(4))
            {
                case 0:
                    spoilt[at] = (byte)Alphabet[random.Next(Alphabet.Length)];
                    break;
                case 1:
                    spoilt[at] = (byte)random.Next(256);
                    break;
                case 2:
                    spoilt.RemoveRange(at, length);
                    break;
                default:
                    spoilt.InsertRange(at, spoilt.GetRange(at, length));
                    break;
            }
        }

        return [.. spoilt];
    }
}
