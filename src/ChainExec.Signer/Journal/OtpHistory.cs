namespace ChainExec.Signer.Journal;

/// <summary>What the journal knows of one account's one-time passwords.</summary>
internal sealed class OtpHistory
{
    private readonly List<DateTimeOffset> _refused = [];

    /// <summary>The time step of the last password that counted (RFC 6238); -1 before the first.</summary>
    internal long LastStep { get; private set; } = -1;

    /// <summary>Wrong passwords since a moment and since the last right one.</summary>
    internal int RefusedSince(DateTimeOffset moment) => _refused.Count(at => at >= moment);

    /// <summary>When the oldest of them was given; null when there is none.</summary>
    internal DateTimeOffset? FirstRefusedSince(DateTimeOffset moment)
    {
        int index = _refused.FindIndex(at => at >= moment);
        return index < 0 ? null : _refused[index];
    }

    /// <summary>A right password ends the count of wrong ones.</summary>
    internal void Accept(long step)
    {
        LastStep = Math.Max(LastStep, step);
        _refused.Clear();
    }

    /// <summary>A wrong password.</summary>
    internal void Refuse(DateTimeOffset at) => _refused.Add(at);
}
