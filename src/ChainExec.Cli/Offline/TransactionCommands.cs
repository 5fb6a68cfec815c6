using System.CommandLine;
using System.Text.Json;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec tx</c>.</summary>
internal static class TransactionCommands
{
    private const string TxHelp = "A transaction as a JSON object, with the names of JSON-RPC: type, chainId, nonce, gas, gasPrice, "
        + "maxFeePerGas, maxPriorityFeePerGas, to, value, data, accessList, authorizationList, maxFeePerBlobGas, blobVersionedHashes. "
        + "Without type it is the one whose fields are there; type 0 without chainId has no EIP-155.";

    public static Command Create() => new("tx", "Transactions of types 0 to 4; offline.")
    {
        CreateDecode(), CreateEncode(), CreateSign(), CreateRecover(),
    };

    private static Command CreateDecode() => OfflineCommand.Create(
        "decode", """Decodes a signed transaction strictly: {"raw"} to its fields with type, hash and from.""",
        TransactionTools.Decode, OfflineArgument.Or("raw", "The signed bytes, in hexadecimal digits after 0x"), [], secret: false,
        (_, raw, request) => OfflineArgument.Write(request, "raw", raw));

    private static Command CreateEncode()
    {
        Option<string?> tx = Tx();
        return OfflineCommand.Create(
            "encode", """Encodes a transaction: {"tx"} to {"unsigned","signingHash"}, or with its r, s and yParity (or v) to """
            + """{"raw","hash","from"}.""",
            TransactionTools.Encode, OfflineArgument.RequestOnly, [tx], secret: false,
            (result, _, request) => WriteTransaction(request, result.GetValue(tx)));
    }

    private static Command CreateSign()
    {
        Option<string?> tx = Tx();
        return OfflineCommand.Create(
            "sign", """Signs a transaction: {"private_key","tx"} to {"raw","hash","from"}. For development: the key is asked for, or """
            + "read from the first line of standard input, in 64 hexadecimal digits after 0x; it is never an argument.",
            TransactionTools.Sign, OfflineArgument.StandardInputOnly, [tx], secret: true, (result, input, request) =>
            {
                if (input is not null)
                    throw new CliException("Give the transaction as --tx; a key is never an argument.", CliException.Usage);
                WriteTransaction(request, result.GetValue(tx));
                StandardStreams.WriteSecret(request, "private_key", "Private key");
            });
    }

    private static Command CreateRecover()
    {
        var digest = new Option<string?>("--digest")
        {
            Description = "The hash that was signed, with --signature instead of a transaction.",
        };
        var signature = new Option<string?>("--signature")
        {
            Description = "r, s and v in 130 hexadecimal digits after 0x; s must be low.",
        };
        return OfflineCommand.Create(
            "recover", """The account that signed: {"raw"} or {"digest","signature"} to {"from"}.""",
            TransactionTools.Recover, OfflineArgument.Or("raw", "A signed transaction, in hexadecimal digits after 0x"),
            [digest, signature], secret: false, (result, raw, request) =>
            {
                OfflineArgument.Write(request, "raw", raw);
                OfflineArgument.Write(request, "digest", result.GetValue(digest));
                OfflineArgument.Write(request, "signature", result.GetValue(signature));
            });
    }

    private static Option<string?> Tx() => new("--tx") { Description = TxHelp };

    private static void WriteTransaction(Utf8JsonWriter request, string? tx)
    {
        if (tx is not null)
            OfflineArgument.WriteJson(request, "tx", tx);
    }
}
