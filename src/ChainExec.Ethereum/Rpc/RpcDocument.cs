using System.Text.Json;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// Reads the large objects of Ethereum's JSON-RPC from their UTF-8 bytes, straight into records: strict, in one pass, without a document
/// or a text between. Members that are not known are skipped; one that comes twice is refused. No more is allocated than a small multiple
/// of the input. <see cref="RpcClient"/> reads its answers the same way; this is for bytes that come from elsewhere.
/// </summary>
public static class RpcDocument
{
    /// <summary>
    /// A trace nests as deep as the EVM calls (1,024) with an object and a list for each level; nothing we read nests deeper.
    /// </summary>
    internal static readonly JsonReaderOptions Options = new() { MaxDepth = 4096 };

    /// <summary>A block with its transactions in full.</summary>
    /// <exception cref="RpcFormatException">The bytes are something else.</exception>
    public static RpcBlock FullBlock(ReadOnlySpan<byte> utf8) => Read(utf8, RpcReader.FullBlock);

    /// <summary>A block with the hashes of its transactions.</summary>
    /// <exception cref="RpcFormatException">The bytes are something else.</exception>
    public static RpcBlock BlockOfHashes(ReadOnlySpan<byte> utf8) => Read(utf8, RpcReader.BlockOfHashes);

    /// <summary>A receipt, as eth_getTransactionReceipt answers it.</summary>
    /// <exception cref="RpcFormatException">The bytes are something else.</exception>
    public static RpcReceipt Receipt(ReadOnlySpan<byte> utf8) => Read(utf8, RpcReader.Receipt);

    /// <summary>A list of receipts, as eth_getBlockReceipts answers it.</summary>
    /// <exception cref="RpcFormatException">The bytes are something else.</exception>
    public static IReadOnlyList<RpcReceipt> Receipts(ReadOnlySpan<byte> utf8) =>
        Read(utf8, (ref Utf8JsonReader reader) => RpcScalar.List(ref reader, RpcField.Result, RpcReader.Receipt));

    /// <summary>A list of logs, as eth_getLogs answers it.</summary>
    /// <exception cref="RpcFormatException">The bytes are something else.</exception>
    public static IReadOnlyList<RpcLog> Logs(ReadOnlySpan<byte> utf8) =>
        Read(utf8, (ref Utf8JsonReader reader) => RpcScalar.List(ref reader, RpcField.Result, RpcReader.Log));

    /// <summary>The root frame of a trace by callTracer.</summary>
    /// <exception cref="RpcFormatException">The bytes are something else, or beyond the bounds of <see cref="CallFrame"/>.</exception>
    public static CallFrame Trace(ReadOnlySpan<byte> utf8) => Read(utf8, CallTraceReader.Root);

    /// <summary>One whole document; what follows it is refused.</summary>
    internal static T Read<T>(ReadOnlySpan<byte> utf8, RpcRead<T> read)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        try
        {
            reader.Read();
            T value = ReadValue(ref reader, read);

            // The reader itself refuses what follows the document.
            reader.Read();
            return value;
        }
        catch (JsonException error)
        {
            throw new RpcFormatException("no JSON", reader.BytesConsumed, error);
        }
    }

    /// <summary>One value, its defects with their position.</summary>
    internal static T ReadValue<T>(ref Utf8JsonReader reader, RpcRead<T> read)
    {
        try
        {
            return read(ref reader);
        }
        catch (FormatException error) when (error is not RpcFormatException)
        {
            throw new RpcFormatException(error.Message, reader.TokenStartIndex, error);
        }
        catch (InvalidOperationException error)
        {
            // The JSON reader's word for an escape that stands for no character, in a name too, and for bytes that are no UTF-8.
            throw new RpcFormatException("a text is no text", reader.TokenStartIndex, error);
        }
    }
}
