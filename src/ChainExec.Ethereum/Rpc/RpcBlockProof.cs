namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// What the hashes of a block prove of the answer that gave it, from weak to strong. A chain whose headers or transactions have a form of
/// their own proves nothing here, and that says nothing against who answered.
/// </summary>
public enum RpcBlockProof
{
    /// <summary>Nothing: fields of the header are missing, or do not make up the block's hash.</summary>
    None,

    /// <summary>The header's fields make up the block's hash: whoever knows the hash knows that they are unchanged.</summary>
    Header,

    /// <summary>
    /// The transactions too: each one's fields make up its hash, and all of them the root that the header names. Their senders are in no
    /// root: they follow from the signatures, which are not looked at.
    /// </summary>
    Transactions,
}
