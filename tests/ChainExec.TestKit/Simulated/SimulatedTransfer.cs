using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// A movement that truly happened: balances changed. It is counted where they change and not from logs, so a token that lies cannot
/// invent or hide one. Fees for gas are not among them.
/// </summary>
/// <param name="Transaction">The transaction that did it.</param>
/// <param name="Block">The block it is in.</param>
/// <param name="BlockNumber">That block's height.</param>
/// <param name="Token">The token's contract; nothing for native coin.</param>
/// <param name="From">Who had it; zero for what was minted.</param>
/// <param name="To">Who has it; zero for what was burned.</param>
/// <param name="Amount">How much, in base units.</param>
public sealed record SimulatedTransfer(
    Hash32 Transaction, Hash32 Block, ulong BlockNumber, Address? Token, Address From, Address To, UInt256 Amount);
