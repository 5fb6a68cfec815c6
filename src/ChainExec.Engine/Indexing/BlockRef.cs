using ChainExec.Ethereum;

namespace ChainExec.Indexing;

/// <summary>A block by height and hash. The height alone identifies nothing.</summary>
internal readonly record struct BlockRef(long Number, Hash32 Hash);
