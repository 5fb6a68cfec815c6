using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rlp;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Cli.Offline;

/// <summary><c>tx decode</c>, <c>encode</c>, <c>sign</c> and <c>recover</c>.</summary>
internal static class TransactionTools
{
    private const int SignatureSize = 65;

    /// <summary><c>{"raw"}</c> to the fields with <c>type</c>, <c>hash</c> and <c>from</c>.</summary>
    public static void Decode(JsonElement request, Utf8JsonWriter answer) =>
        TransactionWriter.Write(answer, Request.Open(request, "raw").Required("raw", ReadRaw));

    /// <summary><c>{"tx"}</c> to <c>{"unsigned","signingHash"}</c>, or with its signature to <c>{"raw","hash","from"}</c>.</summary>
    public static void Encode(JsonElement request, Utf8JsonWriter answer)
    {
        JsonElement tx = Request.Open(request, "tx").Required("tx");
        Within("tx", () =>
        {
            (Transaction transaction, Request fields) = TransactionReader.Read(tx);
            transaction.Validate();
            if (TransactionReader.ReadSignature(fields, transaction) is { } signature)
            {
                WriteSigned(answer, SignedTransaction.Decode(transaction.Encode(signature)), fields);
                return;
            }

            JsonHex.Write(answer, "unsigned", transaction.EncodeUnsigned());
            answer.WriteString("signingHash", transaction.SigningHash().ToString());
        });
    }

    /// <summary><c>{"private_key","tx"}</c> to <c>{"raw","hash","from"}</c>.</summary>
    public static void Sign(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "private_key", "tx");
        JsonElement tx = fields.Required("tx");
        using PrivateKey key = fields.Required("private_key", Secret.Key);
        Within("tx", () =>
        {
            (Transaction transaction, Request given) = TransactionReader.Read(tx);
            if (TransactionReader.ReadSignature(given, transaction) is not null)
                throw OfflineException.Request("the transaction has a signature already");
            WriteSigned(answer, transaction.Sign(key), given);
        });
    }

    /// <summary><c>{"raw"}</c>, or <c>{"digest","signature"}</c> of any signed hash, to <c>{"from"}</c>.</summary>
    public static void Recover(JsonElement request, Utf8JsonWriter answer)
    {
        Request fields = Request.Open(request, "raw", "digest", "signature");
        if (fields.Find("digest") is null && fields.Find("signature") is null)
        {
            answer.WriteString("from", fields.Required("raw", ReadRaw).Sender.ToString());
            return;
        }

        if (fields.Find("raw") is not null)
            throw OfflineException.Request("a transaction carries its own signature: give raw, or digest and signature");
        Hash32 digest = fields.Required("digest", JsonValue.Hash);
        Address signer = fields.Required("signature", element => Recover(digest, JsonValue.Bytes(element, SignatureSize)));
        answer.WriteString("from", signer.ToString());
    }

    private static Address Recover(Hash32 digest, byte[] bytes)
    {
        if (bytes[64] is not (0 or 1 or 27 or 28))
            throw OfflineException.Value("the last byte of a signature is 0, 1, 27 or 28");
        var signature = new Signature(
            UInt256.ReadBigEndian(bytes.AsSpan(0, 32)), UInt256.ReadBigEndian(bytes.AsSpan(32, 32)), bytes[64] is 1 or 28);
        try
        {
            return Ecdsa.Recover(digest, signature);
        }
        catch (SignatureException exception)
        {
            throw OfflineException.Value(exception.Message);
        }
    }

    private static SignedTransaction ReadRaw(JsonElement element)
    {
        byte[] raw = JsonValue.Bytes(element);
        try
        {
            return SignedTransaction.Decode(raw);
        }
        catch (TransactionException exception)
        {
            throw new OfflineException(OfflineException.InvalidData, exception.Message);
        }
    }

    // What the request claims of the result must be so: it was made for another key or other fields otherwise.
    private static void WriteSigned(Utf8JsonWriter answer, SignedTransaction signed, Request fields)
    {
        if (fields.Find("from") is not null && fields.Required("from", JsonValue.Address) != signed.Sender)
            throw OfflineException.Value("the signer is another account").In("from");
        if (fields.Find("hash") is not null && fields.Required("hash", JsonValue.Hash) != signed.Hash)
            throw OfflineException.Value("the transaction has another hash").In("hash");
        JsonHex.Write(answer, "raw", signed.Encode());
        answer.WriteString("hash", signed.Hash.ToString());
        answer.WriteString("from", signed.Sender.ToString());
    }

    private static void Within(string field, Action act)
    {
        try
        {
            act();
        }
        catch (OfflineException exception)
        {
            throw exception.In(field);
        }
        catch (Exception exception) when (exception is TransactionException or RlpException)
        {
            throw OfflineException.Value(exception.Message).In(field);
        }
    }
}
