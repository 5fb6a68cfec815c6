using System.Numerics;

namespace ChainExec.Client;

/// <summary>What an intent would do now.</summary>
/// <param name="WouldSucceed">Whether it would be admitted and move what it means to.</param>
/// <param name="Reason">A stable code: why not.</param>
/// <param name="Detail">A sentence for people.</param>
/// <param name="Revert">The decoded reason when the chain would revert it.</param>
/// <param name="ExpectedMovements">What it means to move.</param>
/// <param name="Fee">What it would pay at most; nothing when the call fails.</param>
/// <param name="Funds">Your money against what it takes; nothing when it moves none.</param>
public sealed record Simulation(
    bool WouldSucceed, string? Reason, string? Detail, Revert? Revert, IReadOnlyList<ExpectedMovement> ExpectedMovements,
    FeeForecast? Fee, Funds? Funds);

/// <summary>Why the chain would revert.</summary>
/// <param name="Kind">The sort of reason.</param>
/// <param name="Message">The reason.</param>
public sealed record Revert(string Kind, string Message);

/// <summary>What it would pay at most, in wei.</summary>
/// <param name="GasLimit">Gas.</param>
/// <param name="MaxFeePerGas">EIP-1559 fee cap.</param>
/// <param name="MaxPriorityFeePerGas">EIP-1559 tip cap.</param>
/// <param name="DataFee">What the chain is forecast to charge beside gas, with a margin; 0 where it charges nothing.</param>
/// <param name="MaxTotalFee">Gas limit times fee cap, and the data fee.</param>
/// <param name="Budget">What the request allows.</param>
public sealed record FeeForecast(
    long GasLimit, BigInteger MaxFeePerGas, BigInteger MaxPriorityFeePerGas, BigInteger DataFee, BigInteger MaxTotalFee,
    BigInteger Budget);

/// <summary>Your money in the books.</summary>
/// <param name="Asset">The asset's id.</param>
/// <param name="Needed">Base units that it takes.</param>
/// <param name="Available">Base units that no hold reserves.</param>
/// <param name="Sufficient">Whether that is enough.</param>
public sealed record Funds(string Asset, BigInteger Needed, BigInteger Available, bool Sufficient);
