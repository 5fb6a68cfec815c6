using System.Globalization;
using ChainExec.Ethereum.Generators.Model;

namespace ChainExec.Ethereum.Generators.Emit;

/// <summary>Signatures, selectors and topics as constants.</summary>
internal static class Constants
{
    /// <summary>Writes the signature.</summary>
    public static void Signature(CodeWriter code, EntryModel entry)
    {
        Documents.Summary(code, "The canonical signature.");
        code.Write($"public const string CanonicalSignature = \"{entry.Signature}\";");
        code.Space();
    }

    /// <summary>Writes the selector as a number and as bytes, and what recognises it.</summary>
    public static void Selector(CodeWriter code, EntryModel entry, string data) => code.Write($$"""
        /// <summary>The first 4 bytes of the signature's hash as a big-endian number.</summary>
        public const uint Selector = 0x{{entry.SelectorDigits}};

        /// <summary>The first 4 bytes of the signature's hash.</summary>
        public static global::System.ReadOnlySpan<byte> SelectorBytes => [{{Bytes(entry.Selector)}}];

        /// <summary>True when the {{data}} starts with the selector.</summary>
        public static bool Matches(global::System.ReadOnlySpan<byte> data) =>
            data.Length >= 4 && global::System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(data) == Selector;

        """);

    /// <summary>Writes the topic as a value and as text.</summary>
    public static void Topic(CodeWriter code, EntryModel entry) => code.Write($$"""
        /// <summary>The hash of the signature, the first topic of its logs, in lower-case digits.</summary>
        public const string Topic0Hex = "0x{{Digits(entry.Topic)}}";

        /// <summary>The hash of the signature, the first topic of its logs.</summary>
        public static readonly global::ChainExec.Ethereum.Hash32 Topic0 = global::ChainExec.Ethereum.Hash32.FromBytes(
            [{{Bytes(entry.Topic)}}]);

        """);

    private static string Digits(IEnumerable<byte> bytes) =>
        string.Concat(bytes.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));

    private static string Bytes(IEnumerable<byte> bytes) =>
        string.Join(", ", bytes.Select(value => "0x" + value.ToString("x2", CultureInfo.InvariantCulture)));
}
