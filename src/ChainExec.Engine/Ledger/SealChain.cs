using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using ChainExec.Storage;

namespace ChainExec.Ledger;

/// <summary>
/// The seals, made again here and not in the database: one pass over the stream's transactions in their order, a page at a time, so that it
/// takes as long as there are transactions and no longer.
/// </summary>
internal static class SealChain
{
    private const long PageSize = 50_000;

    // Only facts that tell of a transaction as it stands in the books: a rewritten one breaks the chain here too.
    private const string Links = """
        select f.position, t.content_hash as hash
        from   facts.v_stream f
        join   ledger.transaction t
               on t.id = case when f.payload->>'transaction' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                           then (f.payload->>'transaction')::uuid end
               and encode(t.content_hash, 'hex') = f.payload->>'sha256'
        where  f.type = 'ledger.transaction_posted' and f.position > @after and f.position <= @until
        order  by f.position
        """;

    private const string Seals = """
        select number, last_position, transactions, hash from ledger.seal
        where  last_position > @after and last_position <= @until
        order  by last_position
        """;

    /// <summary>Seals to which the chain does not lead; each is judged from the one before as it stands.</summary>
    /// <param name="session">A transaction that sees one moment.</param>
    /// <param name="limit">Findings at most.</param>
    /// <param name="cancellationToken">Ends the pass.</param>
    public static async Task<IReadOnlyList<VerificationFinding>> BrokenAsync(
        DbSession session, int limit, CancellationToken cancellationToken)
    {
        // Each page by the stream's key and each transaction by its own, whatever the statistics say: never a whole table for a page.
        await session.Sql("set local enable_hashjoin = off").ExecuteAsync(cancellationToken);
        await session.Sql("set local enable_mergejoin = off").ExecuteAsync(cancellationToken);
        await session.Sql("set local enable_seqscan = off").ExecuteAsync(cancellationToken);
        long end = await session.Sql("select coalesce(max(last_position), 0) from ledger.seal").ScalarAsync<long>(cancellationToken);
        var broken = new List<VerificationFinding>();
        byte[] hash = new byte[SHA256.HashSizeInBytes];
        long links = 0;
        for (long after = 0; after < end && broken.Count < limit; after += PageSize)
        {
            IReadOnlyList<(long Position, byte[] Hash)> page = await session.Sql(Links)
                .With("after", after).With("until", Math.Min(end, after + PageSize))
                .ReadAsync(reader => (reader.Long("position"), reader.Bytes("hash")), cancellationToken);
            IReadOnlyList<Seal> seals = await session.Sql(Seals)
                .With("after", after).With("until", Math.Min(end, after + PageSize))
                .ReadAsync(
                    reader => new Seal(
                        reader.Long("number"), reader.Long("last_position"), reader.Long("transactions"), reader.Bytes("hash")),
                    cancellationToken);
            int next = 0;
            foreach (Seal seal in seals)
            {
                long last = 0;
                for (; next < page.Count && page[next].Position <= seal.Position; next++, links++)
                    hash = Link(hash, last = page[next].Position, page[next].Hash);
                if (last != seal.Position || links != seal.Transactions || !hash.AsSpan().SequenceEqual(seal.Hash))
                {
                    broken.Add(new VerificationFinding(
                        "seal", string.Create(CultureInfo.InvariantCulture, $"seal {seal.Number}"),
                        "the chain of the stream's transactions does not lead to it"));
                }

                (hash, links) = (seal.Hash, 0);
            }

            // What belongs to a seal of a later page.
            for (; next < page.Count; next++, links++)
                hash = Link(hash, page[next].Position, page[next].Hash);
        }

        return broken;
    }

    private static byte[] Link(byte[] before, long position, byte[] transaction)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes + sizeof(long) + SHA256.HashSizeInBytes];
        before.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[SHA256.HashSizeInBytes..], position);
        transaction.CopyTo(bytes[(SHA256.HashSizeInBytes + sizeof(long))..]);
        return SHA256.HashData(bytes);
    }

    private readonly record struct Seal(long Number, long Position, long Transactions, byte[] Hash);
}
