using ChainExec.Ethereum;
using ChainExec.Ledger;

namespace ChainExec.Server.Api.Intents;

/// <summary>What an intent would do if it were sent now. Nothing was stored.</summary>
/// <param name="WouldSucceed">Whether it would be admitted and move what it means to, by the newest block's state.</param>
/// <param name="Reason">Why not: insufficient_funds, would_revert, no_effect, sender_empty, fees_above_cap or over_budget.</param>
/// <param name="Revert">The decoded reason when the chain would revert it.</param>
/// <param name="Fee">The price; nothing when it cannot be told because the call fails.</param>
/// <param name="Funds">The owner's money against what it takes; nothing when it moves none.</param>
internal sealed record SimulationBody(
    bool WouldSucceed, string? Reason, string? Detail, RevertBody? Revert, IReadOnlyList<ForecastMovementBody> ExpectedMovements,
    FeeBody? Fee, FundsBody? Funds);

/// <summary>Why the chain would revert.</summary>
/// <param name="Kind">Which sort of reason: a message, a panic, a custom error, none.</param>
internal sealed record RevertBody(string Kind, string Message);

/// <summary>A movement that is expected, with the asset's name in the registry.</summary>
internal sealed record ForecastMovementBody(string Asset, Address? Contract, Address From, Address To, TokenAmount Amount);

/// <summary>What it would pay at most, in wei.</summary>
/// <param name="DataFee">What the chain is forecast to charge beside gas, with a margin; 0 where it charges nothing.</param>
/// <param name="MaxTotalFee">Gas limit times fee cap, and the data fee.</param>
internal sealed record FeeBody(
    long GasLimit, TokenAmount MaxFeePerGas, TokenAmount MaxPriorityFeePerGas, TokenAmount DataFee, TokenAmount MaxTotalFee,
    TokenAmount Budget);

/// <summary>The owner's money in the books. Available may be below zero when observed movements overdrew the account.</summary>
internal sealed record FundsBody(string Asset, TokenAmount Needed, SignedAmount Available, bool Sufficient);
