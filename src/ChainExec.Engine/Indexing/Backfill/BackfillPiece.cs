using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Indexing.Backfill;

/// <summary>How a range of final blocks was read.</summary>
internal enum PieceReads
{
    Transactions,
    Logs,
    Nothing,
}

/// <summary>A block of a range and what of it concerns us. Only its relevant transactions are kept.</summary>
internal sealed record RelevantBlock(FetchedBlock Block, RelevantPart Part)
{
    /// <summary>How many rows it becomes.</summary>
    public int Rows => 1 + Part.Transactions.Count + Part.Transactions.Sum(fetched => fetched.Logs.Count);
}

/// <summary>A range of final blocks as it was read, ready to be written.</summary>
/// <param name="From">The first height.</param>
/// <param name="ParentHash">The parent of the first block; nothing when its header was not read.</param>
/// <param name="End">The last block, whose hash the quorum holds. Without relevant transactions unless it is also in the list.</param>
/// <param name="Blocks">The blocks with something of ours, in order.</param>
/// <param name="Reads">How it was read.</param>
/// <param name="Proof">The weakest proof of the blocks that are not in the list.</param>
/// <param name="HeaderProof">What the weakest of the blocks that were read proves of its header and transactions.</param>
/// <param name="Watched">The version of the watch set it was read by.</param>
/// <param name="Tokens">The tokens whose logs were asked for.</param>
internal sealed record BackfillPiece(
    long From,
    Hash32? ParentHash,
    FetchedBlock End,
    IReadOnlyList<RelevantBlock> Blocks,
    PieceReads Reads,
    BlockProof Proof,
    RpcBlockProof HeaderProof,
    int Watched,
    IReadOnlyList<Address> Tokens)
{
    /// <summary>Cuts it into pieces of at most so many rows, each ending at a block, so that each is one short transaction.</summary>
    public IEnumerable<BackfillPiece> Cut(int rowsMax)
    {
        var part = new List<RelevantBlock>();
        (long from, Hash32? parent, int rows) = (From, ParentHash, 0);
        foreach (RelevantBlock block in Blocks)
        {
            if (part.Count > 0 && rows + block.Rows > rowsMax)
            {
                FetchedBlock end = part[^1].Block;
                yield return this with { From = from, ParentHash = parent, End = end, Blocks = part };
                (from, parent, rows, part) = (end.Ref.Number + 1, null, 0, []);
            }

            part.Add(block);
            rows += block.Rows;
        }

        yield return this with { From = from, ParentHash = parent, Blocks = part };
    }
}
