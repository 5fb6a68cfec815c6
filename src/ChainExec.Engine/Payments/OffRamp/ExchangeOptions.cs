namespace ChainExec.Payments.OffRamp;

/// <summary>The exchange that sells coins for us.</summary>
internal sealed class ExchangeOptions
{
    public const string Section = "Payments:Exchange";

    /// <summary>Its address. Without one it is not asked, and what flows want of it waits.</summary>
    public string Address { get; set; } = "";

    /// <summary>A file that holds our key there. Default: none is sent.</summary>
    public string KeyFile { get; set; } = "";
}
