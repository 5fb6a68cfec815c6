using System.Globalization;
using System.Numerics;
using ChainExec.Benchmarks.Abis;
using ChainExec.Benchmarks.Running;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Benchmarks;

/// <summary>
/// A <c>Transfer</c> log read by the generated record, against a plain decoder: hexadecimal texts as a node sends them to texts and a
/// BigInteger, as libraries of .NET hand them out, and without the reflection that those add.
/// </summary>
public sealed class GeneratedTransferDecode : SpeedRow
{
    private const int Count = 256;
    private readonly Hash32[][] _topics = new Hash32[Count][];
    private readonly byte[][] _data = new byte[Count][];
    private readonly string[][] _topicTexts = new string[Count][];
    private readonly string[] _dataTexts = new string[Count];

    public override string Name => "Abi decode Transfer";

    public override string BaselineName => "plain BigInteger decoder";

    public override SpeedLimit Limit { get; } = new(TimesFasterMin: 20, PerSecondMin: 20e6, BytesMax: 0);

    public override void Prepare()
    {
        var random = new Random(20261126);
        for (int i = 0; i < Count; i++)
        {
            _topics[i] = [Erc20.TransferEvent.Topic0, AddressTopic(random), AddressTopic(random)];
            _data[i] = Word(random, 24, 8);
            _topicTexts[i] = [.. _topics[i].Select(topic => topic.ToString())];
            _dataTexts[i] = Hex.Encode(_data[i]);
            Erc20.TransferEvent ours = Erc20.TransferEvent.Decode(_topics[i], _data[i]);
            PlainTransfer plain = PlainTransfer.Decode(_topicTexts[i], _dataTexts[i])!;
            if (ours.From.ToHex() != plain.From || ours.To.ToHex() != plain.To || ours.Value.ToBigInteger() != plain.Value)
                throw new InvalidOperationException("The two decoders disagree.");
        }
    }

    public override void Measure(int operations)
    {
        Hash32[][] topics = _topics;
        byte[][] data = _data;
        int kept = 0;
        for (int i = 0; i < operations; i++)
        {
            int log = i & (Count - 1);
            if (Erc20.TransferEvent.TryDecode(topics[log], data[log], out Erc20.TransferEvent transfer) && !transfer.Value.IsZero)
                kept++;
        }

        Keep(kept);
    }

    public override void Baseline(int operations)
    {
        string[][] topics = _topicTexts;
        string[] data = _dataTexts;
        int kept = 0;
        for (int i = 0; i < operations; i++)
        {
            int log = i & (Count - 1);
            if (PlainTransfer.Decode(topics[log], data[log]) is { } transfer && !transfer.Value.IsZero)
                kept++;
        }

        Keep(kept);
    }

    private static Hash32 AddressTopic(Random random) => Hash32.FromBytes(Word(random, 12, 20));

    private static byte[] Word(Random random, int at, int length)
    {
        byte[] word = new byte[32];
        random.NextBytes(word.AsSpan(at, length));
        return word;
    }

    private sealed record PlainTransfer(string From, string To, BigInteger Value)
    {
        private const string Topic0 = Erc20.TransferEvent.Topic0Hex;

        public static PlainTransfer? Decode(string[] topics, string data)
        {
            if (topics.Length != 3 || !topics[0].Equals(Topic0, StringComparison.OrdinalIgnoreCase))
                return null;
            byte[] bytes = Convert.FromHexString(data[2..]);
            return new PlainTransfer(Address(topics[1]), Address(topics[2]), Number(bytes));
        }

        private static string Address(string topic)
        {
            byte[] word = Convert.FromHexString(topic[2..]);
            return "0x" + Convert.ToHexString(word, 12, 20).ToLower(CultureInfo.InvariantCulture);
        }

        private static BigInteger Number(byte[] word)
        {
            byte[] littleEndian = [.. word.Reverse(), 0];
            return new BigInteger(littleEndian);
        }
    }
}

/// <summary>An ERC-20 <c>transfer</c> encoded by the generated record, against the encoder that takes any signature.</summary>
public sealed class GeneratedTransferEncode : SpeedRow
{
    private const int Count = 256;

    // The one array: 68 bytes behind a header of 16 and a length of 8, in whole words.
    private const int ArrayBytes = 96;

    private readonly AbiFunction _function = AbiFunction.Parse("transfer(address,uint256)");
    private readonly Address[] _to = new Address[Count];
    private readonly UInt256[] _value = new UInt256[Count];

    public override string Name => "Abi encode transfer";

    public override string BaselineName => "AbiFunction.EncodeCall";

    public override SpeedLimit Limit { get; } = new(BytesMax: ArrayBytes);

    public override void Prepare()
    {
        var random = new Random(20261127);
        byte[] bytes = new byte[20];
        for (int i = 0; i < Count; i++)
        {
            random.NextBytes(bytes);
            _to[i] = Address.FromBytes(bytes);
            _value[i] = (ulong)random.NextInt64();
            if (!new Erc20.TransferCall(_to[i], _value[i]).Encode().AsSpan().SequenceEqual(_function.EncodeCall(_to[i], _value[i])))
                throw new InvalidOperationException("The two encoders disagree.");
        }
    }

    public override void Measure(int operations)
    {
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += new Erc20.TransferCall(_to[i & (Count - 1)], _value[i & (Count - 1)]).Encode().Length;
        Keep(kept);
    }

    public override void Baseline(int operations)
    {
        int kept = 0;
        for (int i = 0; i < operations; i++)
            kept += _function.EncodeCall(_to[i & (Count - 1)], _value[i & (Count - 1)]).Length;
        Keep(kept);
    }
}
