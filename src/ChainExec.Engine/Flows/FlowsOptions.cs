using System.ComponentModel.DataAnnotations;

namespace ChainExec.Flows;

/// <summary>How flows ask outside.</summary>
internal sealed class FlowsOptions
{
    public const string Section = "Flows";

    /// <summary>Effects asked in one turn at most. Default 16.</summary>
    [Range(1, 256)]
    public int EffectBatchSizeMax { get; set; } = 16;

    /// <summary>How long a provider may take to answer. Default 10 s.</summary>
    public TimeSpan ProviderTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The first wait after an answer that was none; it doubles each time. Default 1 s.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such wait. Default 5 min.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it is tried to find out what became of a request before an operator decides. Default 1 day.</summary>
    public TimeSpan EffectGiveUpAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Failures in a row after which a provider is left alone. Default 8.</summary>
    [Range(1, 1000)]
    public int CircuitFailuresMax { get; set; } = 8;

    /// <summary>How long it is left alone. Default 30 s.</summary>
    public TimeSpan CircuitOpenFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Who may tell us what happened outside, and how its signatures are checked. Default: nobody.</summary>
    public IList<InboundOptions> Inbound { get; set; } = [];
}

/// <summary>One provider that sends webhooks.</summary>
internal sealed class InboundOptions
{
    /// <summary>Its name in <c>/v1/inbound/{provider}</c>.</summary>
    [Required, RegularExpression("^[a-z][a-z0-9_-]{0,59}$")]
    public string Provider { get; set; } = "";

    /// <summary>A file that holds its secret, <c>whsec_</c> and base64. Two while a secret is being replaced, comma separated.</summary>
    [Required]
    public string SecretFiles { get; set; } = "";
}
