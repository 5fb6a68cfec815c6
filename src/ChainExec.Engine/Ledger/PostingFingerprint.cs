using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>
/// What a key is compared with when it comes again: the SHA-256 of what the posting says. Postings of the first schema have the same
/// fingerprint here, so that their keys keep their answer: what came later is only added where it is used.
/// </summary>
internal static class PostingFingerprint
{
    public static byte[] Of(Posting posting)
    {
        // Kinds, codes and sides hold no line break.
        var text = new StringBuilder(64 * (posting.Lines.Count + 2));
        text.Append(posting.Kind).Append('\n').Append(Seconds(posting.EffectiveAt));
        foreach (PostingLine line in posting.Lines)
            text.Append('\n').Append(line.Account.Code);
        foreach (PostingLine line in posting.Lines)
            text.Append('\n').Append(EnumText.Of(line.Side));
        foreach (PostingLine line in posting.Lines)
            text.Append('\n').Append(line.Amount);
        if (posting.HoldUse is { } use)
            text.Append('\n').Append(use.Hold.Value.ToString("d", CultureInfo.InvariantCulture));
        if (posting.HoldUse?.Amount is { } amount)
            text.Append('\n').Append(amount);
        if (posting.Mode != PostingMode.Fixed)
            text.Append("\nmode ").Append(EnumText.Of(posting.Mode));
        if (posting.Reverses is { } original)
            text.Append("\nreverses ").Append(original.Value.ToString("d", CultureInfo.InvariantCulture));
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>A moment to the microsecond, which is what the books keep.</summary>
    public static DateTimeOffset ToMicroseconds(DateTimeOffset moment) =>
        new(moment.UtcTicks - (moment.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    private static string Seconds(DateTimeOffset moment)
    {
        long microseconds = (ToMicroseconds(moment) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        string sign = microseconds < 0 ? "-" : "";
        (long seconds, long rest) = Math.DivRem(Math.Abs(microseconds), 1_000_000);
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{seconds}.{rest:000000}");
    }
}
