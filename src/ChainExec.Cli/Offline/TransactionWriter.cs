using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Cli.Offline;

/// <summary>Transactions as answers write them: the fields of their type by the names of JSON-RPC.</summary>
internal static class TransactionWriter
{
    public static void Write(Utf8JsonWriter answer, SignedTransaction signed)
    {
        Transaction transaction = signed.Transaction;
        Number(answer, "type", transaction.Type);
        if (transaction.SignedChainId is { } chainId)
            Number(answer, "chainId", chainId);
        Number(answer, "nonce", transaction.Nonce);
        WriteFees(answer, transaction);
        Number(answer, "gas", transaction.GasLimit);
        answer.WriteString("to", transaction.To?.ToString());
        Number(answer, "value", transaction.Value);
        JsonHex.Write(answer, "data", transaction.Data.Span);
        WriteLists(answer, transaction);
        Number(answer, "yParity", signed.Signature.YParity ? 1UL : 0UL);
        if (transaction is LegacyTransaction plain)
            Number(answer, "v", VOf(plain, signed.Signature.YParity));
        Number(answer, "r", signed.Signature.R);
        Number(answer, "s", signed.Signature.S);
        answer.WriteString("hash", signed.Hash.ToString());
        answer.WriteString("from", signed.Sender.ToString());
    }

    private static void WriteFees(Utf8JsonWriter answer, Transaction transaction)
    {
        switch (transaction)
        {
            case LegacyTransaction legacy:
                Number(answer, "gasPrice", legacy.GasPrice);
                break;
            case Eip2930Transaction listed:
                Number(answer, "gasPrice", listed.GasPrice);
                break;
            case Eip1559Transaction market:
                WriteFees(answer, market.MaxPriorityFeePerGas, market.MaxFeePerGas);
                break;
            case Eip4844Transaction blobs:
                WriteFees(answer, blobs.MaxPriorityFeePerGas, blobs.MaxFeePerGas);
                Number(answer, "maxFeePerBlobGas", blobs.MaxFeePerBlobGas);
                break;
            case Eip7702Transaction code:
                WriteFees(answer, code.MaxPriorityFeePerGas, code.MaxFeePerGas);
                break;
            default:
                throw new InvalidOperationException($"Transactions of type {transaction.Type} are not known here.");
        }
    }

    private static void WriteFees(Utf8JsonWriter answer, UInt256 tip, UInt256 cap)
    {
        Number(answer, "maxPriorityFeePerGas", tip);
        Number(answer, "maxFeePerGas", cap);
    }

    private static void WriteLists(Utf8JsonWriter answer, Transaction transaction)
    {
        IReadOnlyList<AccessListEntry>? accessList = transaction switch
        {
            Eip2930Transaction listed => listed.AccessList,
            Eip1559Transaction market => market.AccessList,
            Eip4844Transaction blobs => blobs.AccessList,
            Eip7702Transaction code => code.AccessList,
            _ => null,
        };
        if (accessList is not null)
            WriteAccessList(answer, accessList);
        if (transaction is Eip4844Transaction blob)
            WriteHashes(answer, "blobVersionedHashes", blob.BlobVersionedHashes);
        if (transaction is Eip7702Transaction authorized)
            WriteAuthorizations(answer, authorized.AuthorizationList);
    }

    private static void WriteAccessList(Utf8JsonWriter answer, IReadOnlyList<AccessListEntry> accessList)
    {
        answer.WriteStartArray("accessList");
        foreach (AccessListEntry entry in accessList)
        {
            answer.WriteStartObject();
            answer.WriteString("address", entry.Address.ToString());
            WriteHashes(answer, "storageKeys", entry.StorageKeys);
            answer.WriteEndObject();
        }

        answer.WriteEndArray();
    }

    private static void WriteHashes(Utf8JsonWriter answer, string name, IReadOnlyList<Hash32> hashes)
    {
        answer.WriteStartArray(name);
        foreach (Hash32 hash in hashes)
            answer.WriteStringValue(hash.ToString());
        answer.WriteEndArray();
    }

    private static void WriteAuthorizations(Utf8JsonWriter answer, IReadOnlyList<SignedAuthorization> authorizations)
    {
        answer.WriteStartArray("authorizationList");
        foreach (SignedAuthorization signed in authorizations)
        {
            answer.WriteStartObject();
            Number(answer, "chainId", signed.Authorization.ChainId);
            answer.WriteString("address", signed.Authorization.Delegate.ToString());
            Number(answer, "nonce", signed.Authorization.Nonce);
            Number(answer, "yParity", signed.YParity);
            Number(answer, "r", signed.R);
            Number(answer, "s", signed.S);
            answer.WriteEndObject();
        }

        answer.WriteEndArray();
    }

    // As the transaction's bytes have it: with EIP-155 it says the chain too, in 65 bits when need be.
    private static UInt256 VOf(LegacyTransaction transaction, bool yParity) =>
        (transaction.ChainId is { } chain ? (UInt256)chain + chain + 35 : 27) + (yParity ? UInt256.One : UInt256.Zero);

    private static void Number(Utf8JsonWriter answer, string name, UInt256 value) => answer.WriteString(name, value.ToString());
}
