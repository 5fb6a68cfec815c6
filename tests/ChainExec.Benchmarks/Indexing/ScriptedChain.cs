using System.Buffers.Binary;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;
using ChainExec.Ethereum.Trie;

namespace ChainExec.Benchmarks.Indexing;

/// <summary>What a scripted chain is made of.</summary>
/// <param name="Blocks">Blocks at the start, genesis among them.</param>
/// <param name="Transactions">Transactions in each block.</param>
/// <param name="Logs">Transfers in each transaction.</param>
/// <param name="Accounts">Between how many addresses the token moves, all of them watched.</param>
internal sealed record ChainShape(int Blocks, int Transactions, int Logs, int Accounts);

/// <summary>
/// A seeded chain of ERC-20 transfers: everything of a block follows from its number, so that nothing but headers is kept and a reader's
/// work is measured, not ours. Receipts' roots and bloom filters are true.
/// </summary>
internal sealed class ScriptedChain
{
    /// <summary>The listed token.</summary>
    public static readonly Address Token = Address.Parse("0x00000000000000000000000000000000000070ce");

    private const ulong FirstTimestamp = 1_700_000_000;
    private const ulong GasUsed = 52_000;
    private static readonly Hash32 SignatureR = Keccak256.Hash("r"u8);
    private static readonly Hash32 SignatureS = Keccak256.Hash("s"u8);
    private static readonly Hash32 TransferTopic = Keccak256.Hash("Transfer(address,address,uint256)"u8);

    private static readonly byte[] Input = [0xa9, 0x05, 0x9c, 0xbb, .. AsTopic(Token).ToArray(), .. AsTopic(Token).ToArray()];

    private readonly Address[] _accounts;
    private readonly List<Header> _headers = [];
    private readonly Dictionary<Hash32, int> _byHash = [];

    public ScriptedChain(ChainShape shape)
    {
        _accounts = [.. Enumerable.Range(0, shape.Accounts).Select(AccountOf)];
        while (_headers.Count < shape.Blocks)
            Append(shape.Transactions, shape.Logs);
    }

    /// <summary>The height of the newest block.</summary>
    public int Head
    {
        get
        {
            lock (_headers)
                return _headers.Count - 1;
        }
    }

    /// <summary>The watched address of that number.</summary>
    public static Address AccountOf(int number) =>
        Address.FromBytes(Keccak256.Hash(BitConverter.GetBytes(number)).ToArray().AsSpan(12));

    /// <summary>A new block on top.</summary>
    public void Append(int transactions, int logs)
    {
        int number = Head + 1;
        IReadOnlyList<RpcReceipt> receipts = [.. Enumerable.Range(0, transactions).Select(index => Receipt(number, index, logs))];
        var bloom = new LogBloom();
        foreach (RpcReceipt receipt in receipts)
            bloom.Add(receipt.Logs);
        Hash32 parent = number == 0 ? Hash32.Zero : At(number - 1)!.Hash;
        byte[][] signed = [.. Enumerable.Range(0, transactions).Select(index => Bytes(number, index))];
        var header = new Header(
            number, Hash32.Zero, parent, ReceiptProof.RootOf(receipts), OrderedTrie.RootOf(signed), bloom.Bits.ToArray(),
            [.. signed.Select(bytes => Keccak256.Hash(bytes))], logs);
        header = header with { Hash = HashOf(header) };
        lock (_headers)
        {
            _headers.Add(header);
            _byHash.Add(header.Hash, number);
        }
    }

    public Header? At(int number)
    {
        lock (_headers)
            return number >= 0 && number < _headers.Count ? _headers[number] : null;
    }

    public Header? At(Hash32 hash)
    {
        lock (_headers)
            return _byHash.TryGetValue(hash, out int number) ? _headers[number] : null;
    }

    public void WriteBlock(JsonText json, Header header, bool full)
    {
        json.Add("{\"number\":\""u8).Add(header.Number).Add("\",\"hash\":\""u8).Add(header.Hash).Add("\",\"parentHash\":\""u8)
            .Add(header.Parent).Add("\",\"timestamp\":\""u8).Add(FirstTimestamp + ((ulong)header.Number * 12))
            .Add("\",\"baseFeePerGas\":\"0x7\",\"gasLimit\":\"0x1c9c380\",\"gasUsed\":\"0x0\",\"logsBloom\":\""u8)
            .AddBytes(header.Bloom).Add("\",\"receiptsRoot\":\""u8).Add(header.Root)
            .Add("\",\"transactionsRoot\":\""u8).Add(header.TransactionsRoot)
            .Add("\",\"sha3Uncles\":\""u8).Add(Hash32.Zero).Add("\",\"stateRoot\":\""u8).Add(Hash32.Zero).Add("\",\"mixHash\":\""u8)
            .Add(Hash32.Zero).Add("\",\"miner\":\""u8).Add(Address.Zero)
            .Add("\",\"difficulty\":\"0x0\",\"extraData\":\"0x\",\"nonce\":\"0x0000000000000000\",\"transactions\":["u8);
        for (int index = 0; index < header.Transactions.Count; index++)
        {
            json.Add(index == 0 ? ""u8 : ","u8);
            if (full)
                WriteTransaction(json, header, index);
            else
                json.Add("\""u8).Add(header.Transactions[index]).Add("\""u8);
        }

        json.Add("]}"u8);
    }

    public void WriteReceipts(JsonText json, Header header)
    {
        json.Add("["u8);
        for (int index = 0; index < header.Transactions.Count; index++)
        {
            json.Add(index == 0 ? "{"u8 : ",{"u8).Add("\"transactionHash\":\""u8).Add(header.Transactions[index])
                .Add("\",\"transactionIndex\":\""u8).Add(index).Add("\",\"type\":\"0x2\",\"blockHash\":\""u8).Add(header.Hash)
                .Add("\",\"blockNumber\":\""u8).Add(header.Number).Add("\",\"from\":\""u8).Add(From(header.Number, index))
                .Add("\",\"to\":\""u8).Add(Token).Add("\",\"status\":\"0x1\",\"gasUsed\":\""u8).Add(GasUsed)
                .Add("\",\"effectiveGasPrice\":\"0x3b9aca00\",\"contractAddress\":null,\"logs\":["u8);
            for (int log = 0; log < header.Logs; log++)
            {
                json.Add(log == 0 ? ""u8 : ","u8);
                WriteLog(json, header, index, log);
            }

            json.Add("]}"u8);
        }

        json.Add("]"u8);
    }

    public void WriteLogs(JsonText json, Header header)
    {
        for (int index = 0; index < header.Transactions.Count; index++)
        {
            for (int log = 0; log < header.Logs; log++)
            {
                json.Add(json.Written.Span[^1] == '[' ? ""u8 : ","u8);
                WriteLog(json, header, index, log);
            }
        }
    }

    private void WriteTransaction(JsonText json, Header header, int index) =>
        json.Add("{\"hash\":\""u8).Add(header.Transactions[index]).Add("\",\"type\":\"0x2\",\"from\":\""u8)
            .Add(From(header.Number, index)).Add("\",\"to\":\""u8).Add(Token).Add("\",\"nonce\":\""u8).Add(header.Number)
            .Add("\",\"chainId\":\"0x7a69\""u8)
            .Add(",\"maxFeePerGas\":\"0x3b9aca00\",\"maxPriorityFeePerGas\":\"0x1\",\"accessList\":[],\"yParity\":\"0x1\""u8)
            .Add(",\"r\":\""u8).Add(SignatureR).Add("\",\"s\":\""u8).Add(SignatureS)
            .Add("\",\"value\":\"0x0\",\"gas\":\"0xcb20\",\"input\":\""u8).AddBytes(Input.AsSpan(0, Input.Length - 4))
            .AddDigits(BitConverter.GetBytes(index)).Add("\",\"blockHash\":\""u8).Add(header.Hash)
            .Add("\",\"blockNumber\":\""u8).Add(header.Number).Add("\",\"transactionIndex\":\""u8).Add(index).Add("\"}"u8);

    private void WriteLog(JsonText json, Header header, int index, int log) =>
        json.Add("{\"address\":\""u8).Add(Token).Add("\",\"topics\":[\""u8).Add(TransferTopic).Add("\",\""u8)
            .Add(AsTopic(From(header.Number, index))).Add("\",\""u8).Add(AsTopic(To(header.Number, index, log)))
            .Add("\"],\"data\":\""u8).Add(Amount(header.Number, index, log)).Add("\",\"logIndex\":\""u8)
            .Add((index * header.Logs) + log).Add("\",\"transactionHash\":\""u8).Add(header.Transactions[index])
            .Add("\",\"transactionIndex\":\""u8).Add(index).Add("\",\"blockHash\":\""u8).Add(header.Hash)
            .Add("\",\"blockNumber\":\""u8).Add(header.Number).Add("\",\"removed\":false}"u8);

    // Signatures are made up: nobody can see that from a hash.
    private static byte[] Bytes(int number, int index) => new Eip1559Transaction(
        31337, (ulong)number, 1, 1_000_000_000, 52_000, Token, UInt256.Zero, (byte[])[.. Input[..^4], .. BitConverter.GetBytes(index)], [])
        .Encode(new Signature(UInt256.Parse(SignatureR.ToString()), UInt256.Parse(SignatureS.ToString()), true));

    private static Hash32 HashOf(Header block)
    {
        var header = new RlpWriter(1024);
        header.BeginList();
        header.WriteBytes(block.Parent.ToArray());
        header.WriteBytes(Hash32.Zero.ToArray());
        header.WriteBytes(Address.Zero.ToArray());
        header.WriteBytes(Hash32.Zero.ToArray());
        header.WriteBytes(block.TransactionsRoot.ToArray());
        header.WriteBytes(block.Root.ToArray());
        header.WriteBytes(block.Bloom);
        header.WriteInteger(0);
        header.WriteInteger((ulong)block.Number);
        header.WriteInteger(30_000_000);
        header.WriteInteger(0);
        header.WriteInteger(FirstTimestamp + ((ulong)block.Number * 12));
        header.WriteBytes([]);
        header.WriteBytes(Hash32.Zero.ToArray());
        header.WriteBytes(new byte[8]);
        header.WriteInteger(7);
        header.EndList();
        return Keccak256.Hash(header.ToArray());
    }

    private RpcReceipt Receipt(int number, int index, int logs) => new(
        Hash32.Zero, index, 2, Hash32.Zero, 0, From(number, index), Token, Status: true, GasUsed, UInt256.One, null,
        [.. Enumerable.Range(0, logs).Select(log => new RpcLog(
            Token, [TransferTopic, AsTopic(From(number, index)), AsTopic(To(number, index, log))],
            Amount(number, index, log).ToArray(), 0, default, index, default, 0, Removed: false))]);

    private Address From(int number, int index) => _accounts[((number * 31) + (index * 7)) % _accounts.Length];

    private Address To(int number, int index, int log) => _accounts[((number * 17) + (index * 13) + log + 1) % _accounts.Length];

    private static Hash32 Amount(int number, int index, int log) => Numbered(0, number + 1, index, log);

    private static Hash32 Numbered(int first, int second, int third, int fourth)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        bytes.Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes, first);
        BinaryPrimitives.WriteInt32BigEndian(bytes[20..], second);
        BinaryPrimitives.WriteInt32BigEndian(bytes[24..], third);
        BinaryPrimitives.WriteInt32BigEndian(bytes[28..], fourth);
        return Hash32.FromBytes(bytes);
    }

    private static Hash32 AsTopic(Address address)
    {
        Span<byte> word = stackalloc byte[Hash32.Size];
        word.Clear();
        address.CopyTo(word[12..]);
        return Hash32.FromBytes(word);
    }

    /// <summary>What is kept of a block.</summary>
    internal sealed record Header(
        int Number, Hash32 Hash, Hash32 Parent, Hash32 Root, Hash32 TransactionsRoot, byte[] Bloom, IReadOnlyList<Hash32> Transactions,
        int Logs);
}
