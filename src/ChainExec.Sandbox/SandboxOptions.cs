using System.ComponentModel.DataAnnotations;

namespace ChainExec.Sandbox;

/// <summary>How the sandbox behaves.</summary>
internal sealed class SandboxOptions
{
    public const string Section = "Sandbox";

    /// <summary>The server that is told: webhooks go to <c>/v1/inbound/exchange</c> and <c>/v1/inbound/bank</c> there.</summary>
    [Required]
    public string Target { get; set; } = "";

    /// <summary>A file that holds the secret of both, <c>whsec_</c> and base64.</summary>
    [Required]
    public string SecretFile { get; set; } = "";

    /// <summary>Stands before every id, so that those of two runs differ. Default: nothing.</summary>
    public string Run { get; set; } = "";

    /// <summary>Decides every misbehaviour. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Percent of requests and webhooks that go wrong in some way. Default 0.</summary>
    [Range(0, 90)]
    public int Mischief { get; set; }

    /// <summary>The longest that a webhook is late. Default 200 ms.</summary>
    public TimeSpan DelayMax { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long money is on its way to the bank. Default 0: it is there at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan SettleAfter { get; set; }

    /// <summary>Of each dollar the exchange keeps so many basis points. Default 10.</summary>
    [Range(0, 1000)]
    public int FeeBasisPoints { get; set; } = 10;
}
