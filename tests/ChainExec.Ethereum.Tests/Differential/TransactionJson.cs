using System.Globalization;
using System.Text.Json;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Ethereum.Tests.Differential;

/// <summary>Transactions as the reference process reads them: named as in JSON-RPC, integers as decimal text.</summary>
internal static class TransactionJson
{
    private static readonly string[] TypeNames = ["legacy", "eip2930", "eip1559", "eip4844", "eip7702"];

    public static void Write(Utf8JsonWriter json, string name, Transaction transaction)
    {
        json.WriteStartObject(name);
        json.WriteString("type", TypeNames[transaction.Type]);
        if (transaction.SignedChainId is { } chainId)
        {
            WriteNumber(json, "chainId", chainId);
        }

        WriteNumber(json, "nonce", transaction.Nonce);
        WriteNumber(json, "gas", transaction.GasLimit);
        if (transaction.To is { } to)
        {
            json.WriteString("to", to.ToHex());
        }

        WriteNumber(json, "value", transaction.Value);
        json.WriteString("data", Hex.Encode(transaction.Data.Span));
        WriteOwn(json, transaction);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, Authorization authorization)
    {
        WriteNumber(json, "chainId", authorization.ChainId);
        json.WriteString("address", authorization.Delegate.ToHex());
        WriteNumber(json, "nonce", authorization.Nonce);
    }

    public static void WriteNumber(Utf8JsonWriter json, string name, UInt256 value) => json.WriteString(name, value.ToString());

    private static void WriteOwn(Utf8JsonWriter json, Transaction transaction)
    {
        switch (transaction)
        {
            case LegacyTransaction legacy:
                WriteNumber(json, "gasPrice", legacy.GasPrice);
                break;
            case Eip2930Transaction priced:
                WriteNumber(json, "gasPrice", priced.GasPrice);
                WriteAccessList(json, priced.AccessList);
                break;
            case Eip1559Transaction capped:
                WriteFees(json, capped.MaxPriorityFeePerGas, capped.MaxFeePerGas);
                WriteAccessList(json, capped.AccessList);
                break;
            case Eip4844Transaction blob:
                WriteFees(json, blob.MaxPriorityFeePerGas, blob.MaxFeePerGas);
                WriteAccessList(json, blob.AccessList);
                WriteNumber(json, "maxFeePerBlobGas", blob.MaxFeePerBlobGas);
                WriteHashes(json, "blobVersionedHashes", blob.BlobVersionedHashes);
                break;
            case Eip7702Transaction setCode:
                WriteFees(json, setCode.MaxPriorityFeePerGas, setCode.MaxFeePerGas);
                WriteAccessList(json, setCode.AccessList);
                WriteAuthorizations(json, setCode.AuthorizationList);
                break;
        }
    }

    private static void WriteFees(Utf8JsonWriter json, UInt256 maxPriorityFeePerGas, UInt256 maxFeePerGas)
    {
        WriteNumber(json, "maxPriorityFeePerGas", maxPriorityFeePerGas);
        WriteNumber(json, "maxFeePerGas", maxFeePerGas);
    }

    private static void WriteAccessList(Utf8JsonWriter json, IReadOnlyList<AccessListEntry> accessList)
    {
        json.WriteStartArray("accessList");
        foreach (AccessListEntry entry in accessList)
        {
            json.WriteStartObject();
            json.WriteString("address", entry.Address.ToHex());
            WriteHashes(json, "storageKeys", entry.StorageKeys);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteHashes(Utf8JsonWriter json, string name, IReadOnlyList<Hash32> hashes)
    {
        json.WriteStartArray(name);
        foreach (Hash32 hash in hashes)
        {
            json.WriteStringValue(hash.ToString());
        }

        json.WriteEndArray();
    }

    private static void WriteAuthorizations(Utf8JsonWriter json, IReadOnlyList<SignedAuthorization> authorizations)
    {
        json.WriteStartArray("authorizationList");
        foreach (SignedAuthorization signed in authorizations)
        {
            json.WriteStartObject();
            Write(json, signed.Authorization);
            json.WriteString("yParity", signed.YParity.ToString(CultureInfo.InvariantCulture));
            json.WriteString("r", Hash32.FromBytes(Word(signed.R)).ToString());
            json.WriteString("s", Hash32.FromBytes(Word(signed.S)).ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static byte[] Word(UInt256 value)
    {
        byte[] word = new byte[32];
        value.WriteBigEndian(word);
        return word;
    }
}
