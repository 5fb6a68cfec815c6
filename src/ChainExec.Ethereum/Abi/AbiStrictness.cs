namespace ChainExec.Ethereum.Abi;

/// <summary>
/// How much a decoder forgives. Neither mode reads outside the data, and the bounds of <see cref="AbiDecoder"/> hold in both.
/// </summary>
public enum AbiStrictness
{
    /// <summary>
    /// Only what an encoder writes: clean padding, booleans 0 or 1, UTF-8, values in the order of their offsets and none inside another.
    /// Gaps between values and bytes behind the last one are accepted.
    /// </summary>
    Strict,

    /// <summary>
    /// What contracts accept: bits outside a type are dropped, any boolean but 0 is true, the padding behind bytes may be dirty or cut off,
    /// broken UTF-8 becomes U+FFFD, and offsets may point anywhere in the data, also at what another value has read.
    /// </summary>
    Lenient,
}
