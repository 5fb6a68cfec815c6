using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution;

/// <summary>A movement as a processor read it.</summary>
internal sealed record ProcessedMovement(string Processor, Movement Movement);

/// <summary>A log of a believed emitter that carries a processor's event and is no strict encoding of it.</summary>
internal sealed record UndecodableLog(string Processor, int LogIndex, string Reason);

/// <summary>A stored movement with the business call that explains it.</summary>
internal sealed record RecordedMovement(long Id, string Processor, Movement Movement, Guid? Intent, Guid? Call);

/// <summary>Which business call explains a transaction.</summary>
/// <param name="Reason">Why no call does; nothing when one does.</param>
internal sealed record CallAttribution(Guid? Intent, Guid? Call, string? Reason)
{
    public static CallAttribution Of(IReadOnlyList<(Guid Intent, Guid? Call)> candidates)
    {
        if (candidates.Count == 0)
            return new CallAttribution(null, null, "no intent sent this transaction");
        if (candidates is [(var intent, { } call)])
            return new CallAttribution(intent, call, null);
        // Which of several calls moved it needs call frames; until they are read the intent is all that is known.
        bool isOneIntent = candidates.All(candidate => candidate.Intent == candidates[0].Intent);
        return new CallAttribution(isOneIntent ? candidates[0].Intent : null, null, "several calls share this transaction");
    }
}
