namespace ChainExec.Simulation;

/// <summary>A run ended by an exception: neither held nor broken. Its message has the seed and the arguments that repeat it.</summary>
public sealed class CampaignFaultException(int seed, string replay, Exception fault)
    : Exception($"Seed {seed} was ended by {fault.GetType().Name}: {fault.Message} Again: {replay}", fault)
{
    /// <summary>The seed.</summary>
    public int Seed => seed;
}
