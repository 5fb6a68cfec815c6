using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Cli.Offline;

/// <summary>
/// Transactions as requests write them, by the names of JSON-RPC. The type is the one named, else the one whose fields are there; a field
/// of another type is refused, because a fee that is passed over is another fee than was meant.
/// </summary>
internal static class TransactionReader
{
    private static readonly string[] CommonFields =
    [
        "type", "chainId", "nonce", "gas", "to", "value", "data", "input", "from", "hash", "v", "yParity", "r", "s",
    ];

    private static readonly string[] FeeMarketFields = [.. CommonFields, "maxPriorityFeePerGas", "maxFeePerGas", "accessList"];

    // By type.
    private static readonly string[][] Fields =
    [
        [.. CommonFields, "gasPrice"],
        [.. CommonFields, "gasPrice", "accessList"],
        FeeMarketFields,
        [.. FeeMarketFields, "maxFeePerBlobGas", "blobVersionedHashes"],
        [.. FeeMarketFields, "authorizationList"],
    ];

    /// <summary>The transaction, and its fields for what else the caller looks at: <c>from</c>, <c>hash</c> and the signature.</summary>
    public static (Transaction Transaction, Request Fields) Read(JsonElement element)
    {
        Request any = Request.Open(element, [.. Fields.SelectMany(names => names)]);
        int type = TypeOf(any);
        Request fields = Request.Open(element, Fields[type]);
        ulong nonce = fields.Required("nonce", JsonValue.UInt64);
        ulong gas = fields.Required("gas", JsonValue.UInt64);
        Address? to = fields.Find("to") is null ? null : fields.Required("to", JsonValue.Address);
        UInt256 value = fields.Optional("value", JsonValue.Unsigned, UInt256.Zero);
        byte[] data = DataOf(fields);
        if (type == LegacyTransaction.TypeByte)
        {
            // Null may be a chain id that somebody failed to look up; a signature without EIP-155 is good on every chain.
            if (fields.Find("chainId") is null && fields.IsNamed("chainId"))
                throw OfflineException.Request("null is no chain; leave it out for a signature without EIP-155").In("chainId");
            ulong? chain = fields.Find("chainId") is null ? null : fields.Required("chainId", JsonValue.UInt64);
            return (new LegacyTransaction(chain, nonce, fields.Required("gasPrice", JsonValue.Unsigned), gas, to, value, data), fields);
        }

        ulong chainId = fields.Required("chainId", JsonValue.UInt64);
        IReadOnlyList<AccessListEntry> accessList = fields.Find("accessList") is null ? [] : fields.List("accessList", ReadAccess);
        if (type == Eip2930Transaction.TypeByte)
        {
            UInt256 gasPrice = fields.Required("gasPrice", JsonValue.Unsigned);
            return (new Eip2930Transaction(chainId, nonce, gasPrice, gas, to, value, data, accessList), fields);
        }

        UInt256 tip = fields.Required("maxPriorityFeePerGas", JsonValue.Unsigned);
        UInt256 cap = fields.Required("maxFeePerGas", JsonValue.Unsigned);
        return (type switch
        {
            Eip1559Transaction.TypeByte => new Eip1559Transaction(chainId, nonce, tip, cap, gas, to, value, data, accessList),
            Eip4844Transaction.TypeByte => new Eip4844Transaction(
                chainId, nonce, tip, cap, gas, to, value, data, accessList, fields.Required("maxFeePerBlobGas", JsonValue.Unsigned),
                fields.List("blobVersionedHashes", JsonValue.Hash)),
            _ => new Eip7702Transaction(
                chainId, nonce, tip, cap, gas, to, value, data, accessList, fields.List("authorizationList", ReadAuthorization)),
        }, fields);
    }

    /// <summary>The signature among the fields: r, s and yParity, or v as the type writes it; null when there is none of them.</summary>
    public static Signature? ReadSignature(Request fields, Transaction transaction)
    {
        if (fields.Find("r") is null && fields.Find("s") is null && fields.Find("v") is null && fields.Find("yParity") is null)
            return null;

        UInt256 r = fields.Required("r", JsonValue.Unsigned);
        UInt256 s = fields.Required("s", JsonValue.Unsigned);
        bool? parity = fields.Find("yParity") is null ? null : fields.Required("yParity", ReadParity);
        bool? fromV = fields.Find("v") is null ? null : fields.Required("v", v => ParityOfV(JsonValue.Unsigned(v), transaction));
        if ((parity ?? fromV) is not { } yParity)
            throw OfflineException.Request("the field yParity is missing");
        return parity is null || fromV is null || parity == fromV
            ? new Signature(r, s, yParity)
            : throw OfflineException.Value("v and yParity do not say the same");
    }

    private static int TypeOf(Request fields)
    {
        if (fields.Find("type") is not null)
        {
            UInt256 type = fields.Required("type", JsonValue.Unsigned);
            return type < (ulong)Fields.Length
                ? (int)(ulong)type
                : throw OfflineException.Value($"transactions have types 0 to {Fields.Length - 1}").In("type");
        }

        if (fields.Find("authorizationList") is not null)
            return Eip7702Transaction.TypeByte;
        if (fields.Find("blobVersionedHashes") is not null || fields.Find("maxFeePerBlobGas") is not null)
            return Eip4844Transaction.TypeByte;
        if (fields.Find("maxFeePerGas") is not null || fields.Find("maxPriorityFeePerGas") is not null)
            return Eip1559Transaction.TypeByte;
        if (fields.Find("gasPrice") is null)
            throw OfflineException.Request("a fee is missing: gasPrice, or maxFeePerGas and maxPriorityFeePerGas");
        return fields.Find("accessList") is null ? LegacyTransaction.TypeByte : Eip2930Transaction.TypeByte;
    }

    private static byte[] DataOf(Request fields)
    {
        byte[] data = fields.Optional("data", JsonValue.Bytes, []);
        byte[] input = fields.Optional("input", JsonValue.Bytes, data);
        return fields.Find("data") is null || data.AsSpan().SequenceEqual(input)
            ? input
            : throw OfflineException.Value("data and input do not say the same");
    }

    private static AccessListEntry ReadAccess(JsonElement element)
    {
        Request entry = Request.Open(element, "address", "storageKeys");
        return new AccessListEntry(entry.Required("address", JsonValue.Address), entry.List("storageKeys", JsonValue.Hash));
    }

    private static SignedAuthorization ReadAuthorization(JsonElement element)
    {
        Request entry = Request.Open(element, "chainId", "address", "nonce", "yParity", "r", "s");
        var authorization = new Authorization(
            entry.Required("chainId", JsonValue.Unsigned), entry.Required("address", JsonValue.Address),
            entry.Required("nonce", JsonValue.UInt64));
        byte parity = entry.Required("yParity", ReadParity) ? (byte)1 : (byte)0;
        return new SignedAuthorization(
            authorization, parity, entry.Required("r", JsonValue.Unsigned), entry.Required("s", JsonValue.Unsigned));
    }

    private static bool ReadParity(JsonElement element)
    {
        UInt256 parity = JsonValue.Unsigned(element);
        return parity <= UInt256.One ? parity == UInt256.One : throw OfflineException.Value("0 or 1 is needed");
    }

    // 27 and 28 before EIP-155, 35 and 36 and twice the chain id with it, 0 and 1 in typed transactions.
    private static bool ParityOfV(UInt256 v, Transaction transaction)
    {
        UInt256 even = transaction is not LegacyTransaction legacy ? UInt256.Zero
            : legacy.ChainId is { } chain ? (UInt256)chain + chain + 35 : 27;
        return v == even || v == even + UInt256.One
            ? v != even
            : throw OfflineException.Value($"{even} or {even + UInt256.One} is needed for a transaction of this type and chain");
    }
}
