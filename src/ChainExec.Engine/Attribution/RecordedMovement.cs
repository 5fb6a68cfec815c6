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
    public static CallAttribution Of(IReadOnlyList<OwnCall> calls) => calls switch
    {
        [] => new CallAttribution(null, null, "no intent sent this transaction"),
        [var one] => new CallAttribution(one.Intent, one.Id, null),
        // Which of several calls moved it the frames tell, later: v_movement then names it.
        [var first, ..] => new CallAttribution(
            calls.All(call => call.Intent == first.Intent) ? first.Intent : null, null, "several calls share this transaction"),
    };
}
