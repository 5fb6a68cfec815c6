namespace ChainExec.Simulation;

/// <summary>What a run does beside transfers of tokens.</summary>
[Flags]
public enum CampaignMix
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The first sender is the front of a pool, and most payments are asked of it; any of them pays.</summary>
    Pool = 1,

    /// <summary>All senders but the first have little coin, lose it now and then, and are refilled by rule from a treasury.</summary>
    Refills = 2,

    /// <summary>Allowances and transfers of native coin beside those of tokens.</summary>
    Calls = 4,

    /// <summary>Operators retry what ended, have nonces filled, adopt foreign transactions, pause and resume any sender.</summary>
    Verbs = 8,
}
