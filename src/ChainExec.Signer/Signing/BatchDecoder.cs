using System.Diagnostics.CodeAnalysis;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Signer.Signing;

/// <summary>
/// Decodes the one function by which a delegated account (EIP-7702) carries several calls in one transaction, all or nothing: that of the
/// ERC-4337 contracts' Simple7702Account.
/// </summary>
internal static class BatchDecoder
{
    /// <summary>Calls that one batch may hold, whatever the policy says.</summary>
    internal const int CallsMax = 100;

    private static readonly AbiFunction s_executeBatch =
        AbiFunction.Parse("executeBatch((address target, uint256 value, bytes data)[] calls)");

    /// <summary>
    /// The calls in their order. False, with the reason, for anything but the canonical encoding: there is one, and no byte is left over
    /// and none read twice, so that what is judged is all there is.
    /// </summary>
    internal static bool TryDecode(
        ReadOnlySpan<byte> data, [NotNullWhen(true)] out IReadOnlyList<RequestedCall>? calls, [NotNullWhen(false)] out string? reason)
    {
        (calls, reason) = (null, null);
        try
        {
            // Decodes strictly, encodes what it found again, and compares.
            object[] tuples = (object[])s_executeBatch.DecodeCall(data)[0];
            calls = [.. tuples.Select(Read)];
            return true;
        }
        catch (AbiException exception)
        {
            reason = exception.Message;
            return false;
        }
    }

    private static RequestedCall Read(object tuple)
    {
        object[] fields = (object[])tuple;
        return new RequestedCall((Address)fields[0], (UInt256)fields[1], (byte[])fields[2]);
    }
}
