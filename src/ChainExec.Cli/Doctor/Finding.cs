namespace ChainExec.Cli.Doctor;

/// <summary>What a check found.</summary>
/// <param name="Name">What was looked at, such as <c>node.anvil.chain_id</c>.</param>
/// <param name="Level">Whether anything must be done.</param>
/// <param name="Detail">What was seen, and for a problem what to do.</param>
internal sealed record Finding(string Name, FindingLevel Level, string Detail)
{
    public static Finding Ok(string name, string detail) => new(name, FindingLevel.Ok, detail);

    public static Finding Warning(string name, string detail) => new(name, FindingLevel.Warning, detail);

    public static Finding Error(string name, string detail) => new(name, FindingLevel.Error, detail);
}

/// <summary>How bad it is.</summary>
internal enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Worth knowing; nothing is refused because of it.</summary>
    Warning,

    /// <summary>Money does not move, or not safely, until it is mended.</summary>
    Error,
}
