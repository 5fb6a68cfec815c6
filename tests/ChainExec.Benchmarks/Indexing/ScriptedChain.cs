using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
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
    private static readonly Hash32 TransferTopic = Keccak256.Hash("Transfer(address,address,uint256)"u8);

    private readonly ChainShape _shape;
    private readonly Address[] _accounts;
    private readonly List<Header> _headers = [];
    private readonly Dictionary<Hash32, int> _byHash = [];

    public ScriptedChain(ChainShape shape)
    {
        _shape = shape;
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
        Hash32 root = ReceiptProof.RootOf(receipts);
        Hash32 hash = Keccak256.Hash([.. parent.ToArray(), .. root.ToArray(), .. BitConverter.GetBytes(number)]);
        lock (_headers)
        {
            _headers.Add(new Header(number, hash, parent, root, Hex.Encode(bloom.Bits), transactions, logs));
            _byHash.Add(hash, number);
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

    public void WriteBlock(StringBuilder json, Header header, bool full)
    {
        json.Append(CultureInfo.InvariantCulture,
            $$"""
            {"number":"0x{{header.Number:x}}","hash":"{{header.Hash}}","parentHash":"{{header.Parent}}",
            "timestamp":"0x{{FirstTimestamp + ((ulong)header.Number * 12):x}}","baseFeePerGas":"0x7",
            "gasLimit":"0x1c9c380","gasUsed":"0x0","logsBloom":"{{header.Bloom}}","receiptsRoot":"{{header.Root}}",
            "transactions":[
            """);
        for (int index = 0; index < header.Transactions; index++)
        {
            json.Append(index == 0 ? "" : ",");
            if (full)
            {
                json.Append(CultureInfo.InvariantCulture,
                    $$"""
                    {"hash":"{{TransactionHash(header.Number, index)}}","type":"0x2",
                    "from":"{{From(header.Number, index).ToHex()}}","to":"{{Token.ToHex()}}",
                    "nonce":"0x{{header.Number:x}}","value":"0x0","gas":"0xcb20",
                    "input":"0xa9059cbb{{AsTopic(Token).ToString()[2..]}}{{AsTopic(Token).ToString()[2..]}}",
                    "blockHash":"{{header.Hash}}","blockNumber":"0x{{header.Number:x}}","transactionIndex":"0x{{index:x}}"}
                    """);
            }
            else
            {
                json.Append('"').Append(TransactionHash(header.Number, index).ToString()).Append('"');
            }
        }

        json.Append("]}");
    }

    public void WriteReceipts(StringBuilder json, Header header)
    {
        json.Append('[');
        for (int index = 0; index < header.Transactions; index++)
        {
            json.Append(index == 0 ? "" : ",").Append(CultureInfo.InvariantCulture,
                $$"""
                {"transactionHash":"{{TransactionHash(header.Number, index)}}","transactionIndex":"0x{{index:x}}","type":"0x2",
                "blockHash":"{{header.Hash}}","blockNumber":"0x{{header.Number:x}}",
                "from":"{{From(header.Number, index).ToHex()}}","to":"{{Token.ToHex()}}","status":"0x1",
                "gasUsed":"0x{{GasUsed:x}}","effectiveGasPrice":"0x3b9aca00",
                "contractAddress":null,"logs":[
                """);
            for (int log = 0; log < header.Logs; log++)
            {
                json.Append(log == 0 ? "" : ",");
                WriteLog(json, header, index, log);
            }

            json.Append("]}");
        }

        json.Append(']');
    }

    public void WriteLogs(StringBuilder json, Header header)
    {
        for (int index = 0; index < header.Transactions; index++)
        {
            for (int log = 0; log < header.Logs; log++)
            {
                json.Append(json[^1] == '[' ? "" : ",");
                WriteLog(json, header, index, log);
            }
        }
    }

    private void WriteLog(StringBuilder json, Header header, int index, int log) => json.Append(CultureInfo.InvariantCulture,
        $$"""
        {"address":"{{Token.ToHex()}}","topics":["{{TransferTopic}}",
        "{{AsTopic(From(header.Number, index))}}","{{AsTopic(To(header.Number, index, log))}}"],
        "data":"{{Amount(header.Number, index, log)}}","logIndex":"0x{{(index * header.Logs) + log:x}}",
        "transactionHash":"{{TransactionHash(header.Number, index)}}","transactionIndex":"0x{{index:x}}",
        "blockHash":"{{header.Hash}}","blockNumber":"0x{{header.Number:x}}","removed":false}
        """);

    private RpcReceipt Receipt(int number, int index, int logs) => new(
        TransactionHash(number, index), index, 2, Hash32.Zero, 0, From(number, index), Token, Status: true, GasUsed, UInt256.One, null,
        [.. Enumerable.Range(0, logs).Select(log => new RpcLog(
            Token, [TransferTopic, AsTopic(From(number, index)), AsTopic(To(number, index, log))],
            Amount(number, index, log).ToArray(), 0, default, index, default, 0, Removed: false))]);

    private Address From(int number, int index) => _accounts[((number * 31) + (index * 7)) % _accounts.Length];

    private Address To(int number, int index, int log) => _accounts[((number * 17) + (index * 13) + log + 1) % _accounts.Length];

    private static Hash32 Amount(int number, int index, int log) => Numbered(0, number + 1, index, log);

    private static Hash32 TransactionHash(int number, int index) => Numbered(0xC0FFEE, number, index, 0);

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
    internal sealed record Header(int Number, Hash32 Hash, Hash32 Parent, Hash32 Root, string Bloom, int Transactions, int Logs);
}
