namespace ChainExec.TestKit.Simulated;

/// <summary>When a view fails.</summary>
internal sealed class FaultRule(Fault fault, IReadOnlyList<string> methods)
{
    public Fault Fault => fault;

    /// <summary>How many requests are still to fail; nothing for all.</summary>
    public int? Left { get; set; }

    /// <summary>Until when; nothing for ever.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Of a thousand requests, how many fail by chance, and the source of chance.</summary>
    public (int PerMille, Random Random)? Chance { get; init; }

    public bool IsOver(DateTimeOffset now) => Left == 0 || now >= Until;

    /// <summary>Decides about one request; draws only when the method is meant, so that other requests do not move the sequence.</summary>
    public bool Strikes(string method)
    {
        if (methods.Count > 0 && !methods.Contains(method))
            return false;
        if (Chance is { } chance && chance.Random.Next(1000) >= chance.PerMille)
            return false;
        Left--;
        return true;
    }
}
