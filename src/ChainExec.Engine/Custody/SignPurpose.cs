namespace ChainExec.Custody;

/// <summary>Why a transaction is signed.</summary>
internal enum SignPurpose
{
    /// <summary>It carries the effect of its family: at most one such effect may ever reach the chain.</summary>
    Intent,

    /// <summary>It carries nothing (value 0, no data) and only consumes its nonce: the way a slot is resolved against its family.</summary>
    Fill,
}
