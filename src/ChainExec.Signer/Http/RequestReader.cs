using System.Globalization;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Http;

/// <summary>From wire to validated commands. Throws <see cref="InvalidRequestException"/> naming the field.</summary>
internal static class RequestReader
{
    private const int IdLengthMax = 128;
    private const int OtpLengthMax = 32;
    private const ulong TransferGas = 21_000;

    /// <summary>Rebuilds the EIP-1559 transaction from its fields.</summary>
    internal static SignCommand Sign(SignerWire.Sign body)
    {
        UInt256 feeCap = Amount(body.MaxFeePerGas, "max_fee_per_gas");
        UInt256 tipCap = Amount(body.MaxPriorityFeePerGas, "max_priority_fee_per_gas");
        Require(tipCap <= feeCap, "max_priority_fee_per_gas", "is above max_fee_per_gas");
        Require(body.ChainId > 0, "chain_id", "must be above 0");
        Require(body.Nonce < ulong.MaxValue, "nonce", "is above what EIP-2681 allows");
        Require(body.GasLimit >= TransferGas, "gas_limit", "is below what any transaction needs");
        Require(body.Epoch >= 0, "epoch", "must not be negative");
        Require(Hex.TryDecode(body.Data, out byte[] data), "data", "is not 0x hex");

        var transaction = new Eip1559Transaction(
            body.ChainId, body.Nonce, tipCap, feeCap, body.GasLimit, Account(body.To, "to"), Amount(body.Value, "value"), data, []);
        SignPurpose purpose = WireNames.Purpose(body.Purpose) ?? throw Wrong("purpose", "is neither intent nor fill");
        string family = Id(body.Family, "family");
        return new SignCommand(
            transaction, Account(body.Sender, "sender"), family, Id(body.Carrier, "carrier"), body.Epoch, purpose,
            body.Members is null ? [] : Members(body.Members, family, purpose));
    }

    /// <summary>Reads an approval, and makes the hash of its effect here: what the caller believes it asks for plays no part.</summary>
    internal static (Approval Approval, string Otp) Approve(SignerWire.Approve body)
    {
        Require(body.ChainId > 0, "chain_id", "must be above 0");
        Require(Hex.TryDecode(body.Data, out byte[] data), "data", "is not 0x hex");
        Require(body.Otp.Length <= OtpLengthMax, "otp", $"is longer than {OtpLengthMax} characters");
        Address sender = Account(body.Sender, "sender");
        Hash32 effect = EffectHash.Compute(body.ChainId, sender, Account(body.To, "to"), Amount(body.Value, "value"), data);
        return (
            new Approval(
                body.ChainId, sender, Id(body.Family, "family"), effect, Amount(body.MaxTotalFee, "max_total_fee"), body.ExpiresAt),
            body.Otp);
    }

    /// <summary>Reads a resolution; its time is set when it is journalled.</summary>
    internal static ResolvedRecord Resolve(SignerWire.Resolve body) => new(
        default,
        new SlotKey(body.ChainId, Account(body.Sender, "sender"), body.Nonce),
        Id(body.Family, "family"),
        WireNames.Outcome(body.Outcome) ?? throw Wrong("outcome", "is unknown"),
        Hash(body.Evidence.BlockHash, "evidence.block_hash"),
        body.Evidence.BlockNumber,
        body.Evidence.TxHash is null ? null : Hash(body.Evidence.TxHash, "evidence.tx_hash"));

    /// <summary>Reads the query of the journal.</summary>
    internal static JournalQuery Journal(IQueryCollection query)
    {
        ulong chainId = Number(query, "chain_id", null);
        Address sender = Account(Single(query, "sender") ?? throw Wrong("sender", "is missing"), "sender");
        ulong limit = Number(query, "limit", 100);
        Require(limit is >= 1 and <= SigningService.PageEntriesMax, "limit", $"must be 1 to {SigningService.PageEntriesMax}");
        (ulong nonce, int skip) = Single(query, "cursor") is { } cursor ? Cursor(cursor) : (Number(query, "from_nonce", 0), 0);
        return new JournalQuery(chainId, sender, nonce, skip, (int)limit);
    }

    /// <summary>The cursor of a position; <see cref="Journal"/> reads it.</summary>
    internal static string? WriteCursor((ulong Nonce, int Skip)? position) => position is { } at
        ? string.Create(CultureInfo.InvariantCulture, $"{at.Nonce}.{at.Skip}")
        : null;

    private static string[] Members(IReadOnlyList<string?> members, string family, SignPurpose purpose)
    {
        Require(purpose == SignPurpose.Intent, "members", "are for the purpose intent only");
        Require(members.Count is >= 1 and <= BatchDecoder.CallsMax, "members", $"must be 1 to {BatchDecoder.CallsMax}");
        string[] read = [.. members.Select((member, i) => Id(member, string.Create(CultureInfo.InvariantCulture, $"members[{i}]")))];
        // A payment may be of several calls, and they stand together.
        int runs = read.Where((member, i) => i == 0 || member != read[i - 1]).Count();
        Require(read.Distinct(StringComparer.Ordinal).Count() == runs, "members", "names a family in two places");
        Require(!read.Contains(family, StringComparer.Ordinal), "members", "names the batch's own family");
        return read;
    }

    private static (ulong Nonce, int Skip) Cursor(string text)
    {
        string[] parts = text.Split('.');
        return parts.Length == 2
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong nonce)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int skip)
            ? (nonce, skip)
            : throw Wrong("cursor", "is not one that this signer gave");
    }

    private static ulong Number(IQueryCollection query, string name, ulong? fallback)
    {
        string? text = Single(query, name);
        if (text is null)
            return fallback ?? throw Wrong(name, "is missing");
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw Wrong(name, "is not a number");
    }

    private static string? Single(IQueryCollection query, string name) => query[name].Count switch
    {
        0 => null,
        1 => query[name][0],
        _ => throw Wrong(name, "is given twice"),
    };

    private static UInt256 Amount(string text, string field) =>
        text.Length is > 0 and <= 78 && text.All(char.IsAsciiDigit) && UInt256.TryParse(text, out UInt256 value)
            ? value
            : throw Wrong(field, "is not a decimal string of at most 256 bits");

    private static Address Account(string text, string field) =>
        Address.TryParse(text, out Address address, out string? error) ? address : throw Wrong(field, $"is not an address: {error}");

    private static Hash32 Hash(string text, string field) =>
        Hash32.TryParse(text, out Hash32 hash, out _) ? hash : throw Wrong(field, "is not a 32-byte hash");

    private static string Id(string? text, string field) =>
        text is { Length: > 0 and <= IdLengthMax } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-')
            ? text
            : throw Wrong(field, $"must be 1 to {IdLengthMax} letters, digits and . _ : -");

    private static void Require(bool holds, string field, string what)
    {
        if (!holds)
            throw Wrong(field, what);
    }

    private static InvalidRequestException Wrong(string field, string what) => new($"{field} {what}.");
}
