using System.ComponentModel.DataAnnotations;

namespace ChainExec.Payments;

/// <summary>Bounds of payments.</summary>
internal sealed class PaymentsOptions
{
    public const string Section = "Payments";

    /// <summary>How often the balance of a sender with a refill rule is looked at. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RefillInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>For how long the balance of a sender with a rule may be unknown before somebody is told. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan BalanceUnknownAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Rules looked at in one turn. Default 32.</summary>
    [Range(1, 512)]
    public int BatchSizeMax { get; set; } = 32;
}
