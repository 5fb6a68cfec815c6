namespace ChainExec.Signer.Signing;

/// <summary>Why a transaction is signed.</summary>
internal enum SignPurpose
{
    /// <summary>It carries the effect of its family.</summary>
    Intent,

    /// <summary>It carries nothing and only consumes its nonce.</summary>
    Fill,
}
