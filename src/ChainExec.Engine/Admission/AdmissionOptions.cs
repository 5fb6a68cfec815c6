using System.ComponentModel.DataAnnotations;

namespace ChainExec.Admission;

/// <summary>Defaults of admission.</summary>
internal sealed class AdmissionOptions
{
    public const string Section = "Admission";

    /// <summary>Wei that all attempts of an intent may cost when the request does not say. Default 0.01 of an 18-decimal coin.</summary>
    [Required, RegularExpression("^[1-9][0-9]{0,30}$")]
    public string DefaultMaxTotalFee { get; set; } = "10000000000000000";

    /// <summary>The same as an amount.</summary>
    public TokenAmount DefaultFee() => TokenAmount.TryParse(DefaultMaxTotalFee, out TokenAmount fee)
        ? fee
        : throw new InvalidOperationException("Admission:DefaultMaxTotalFee is no amount.");
}
