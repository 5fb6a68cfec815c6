namespace ChainExec.Signer.Journal;

/// <summary>What the journal knows of one account's one-time passwords.</summary>
internal sealed class OtpHistory
{
    /// <summary>The time step of the last password that counted (RFC 6238); -1 before the first.</summary>
    internal long LastStep { get; private set; } = -1;

    /// <summary>Wrong passwords since the last right one.</summary>
    internal int Wrong { get; private set; }

    /// <summary>When the newest of them was given.</summary>
    internal DateTimeOffset LastWrongAt { get; private set; }

    /// <summary>A right password ends the count of wrong ones.</summary>
    internal void Accept(long step)
    {
        LastStep = Math.Max(LastStep, step);
        Wrong = 0;
    }

    /// <summary>An operator ended the count. Passwords that counted before still count no more.</summary>
    internal void Unlock() => Wrong = 0;

    /// <summary>A wrong password.</summary>
    internal void Refuse(DateTimeOffset at)
    {
        Wrong++;
        LastWrongAt = at;
    }
}
