namespace ChainExec.Indexing;

/// <summary>What shows that nothing of a block was left out, from weak to strong; kept with the block.</summary>
internal enum BlockProof
{
    /// <summary>Nothing but the provider's word.</summary>
    None,

    /// <summary>The header's bloom filter is consistent with the logs that were given. It rules nothing out for certain.</summary>
    Bloom,

    /// <summary>All receipts were read, and the root of their trie is the header's.</summary>
    Receipts,
}
