using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Policy;

/// <summary>
/// What counts on a UTC day when one command is judged: what was signed before, and call by call what the command itself adds.
/// </summary>
internal sealed class DayTotals(JournalIndex index, ulong chainId, DateOnly day)
{
    private readonly List<DecodedCall> _added = [];

    /// <summary>The total of an asset; saturates.</summary>
    internal UInt256 Of(Address? contract) => _added
        .Where(call => call.Contract == contract)
        .Aggregate(
            index.DayTotal(chainId, contract, day),
            (total, call) => call.Amount > UInt256.MaxValue - total ? UInt256.MaxValue : total + call.Amount);

    /// <summary>Counts a call for those that are judged after it.</summary>
    internal void Add(DecodedCall call) => _added.Add(call);
}
