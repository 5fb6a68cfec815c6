namespace ChainExec.Simulation;

/// <summary>Which seed has which mix: of its number and not drawn, so that what a seed draws is the same under every mix.</summary>
public static class CampaignMixes
{
    // Each alone, none, all, and in pairs: eight seeds that follow one another have every one of these.
    private static readonly CampaignMix[] InTurn =
    [
        CampaignMix.Pool | CampaignMix.Refills | CampaignMix.Calls | CampaignMix.Verbs,
        CampaignMix.None,
        CampaignMix.Pool | CampaignMix.Refills,
        CampaignMix.Calls,
        CampaignMix.Verbs,
        CampaignMix.Refills | CampaignMix.Verbs,
        CampaignMix.Pool | CampaignMix.Verbs,
        CampaignMix.Calls | CampaignMix.Verbs,
    ];

    /// <summary>The mix of a seed. Those whose senders batch have neither pools nor refills.</summary>
    public static CampaignMix Of(int seed, bool batches)
    {
        CampaignMix mix = InTurn[seed % InTurn.Length];
        return batches ? mix & ~(CampaignMix.Pool | CampaignMix.Refills) : mix;
    }
}
