using ChainExec.Ethereum;

namespace ChainExec.Facts.Contracts;

/// <summary>
/// An account's native balance at a final block is not what its earlier balance and the indexed transactions since make: something moved
/// that has no top-level transaction of ours, such as a contract's payment.
/// </summary>
/// <param name="FromBlock">The final block of the earlier balance.</param>
/// <param name="ToBlock">The final block of this one.</param>
/// <param name="Balance">What the account has there.</param>
/// <param name="IsMore">Whether it has more than was expected.</param>
/// <param name="Difference">By how much.</param>
internal sealed record NativeBalanceDiffers(
    long Chain, Address Account, long FromBlock, long ToBlock, Hash32 ToHash, TokenAmount Balance, bool IsMore, TokenAmount Difference)
    : IFactPayload
{
    public static string Type => "indexing.native_balance_differs";
}
