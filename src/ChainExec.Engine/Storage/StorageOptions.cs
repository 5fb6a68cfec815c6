using System.ComponentModel.DataAnnotations;

namespace ChainExec.Storage;

/// <summary>How the service reaches its database.</summary>
internal sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary>Npgsql connection string of the role <c>ce_app</c>. Required; never logged.</summary>
    [Required]
    public string ConnectionString { get; set; } = "";

    /// <summary>How long a statement may wait for a lock before the turn gives up and is tried again. Default 5 s.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may run. Default 15 s.</summary>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Statements that each connection keeps prepared. 0 prepares none: for a pooler in between that cannot. Default 400, more than there
    /// are.
    /// </summary>
    [Range(0, 10_000)]
    public int PreparedMax { get; set; } = 400;

    /// <summary>How long an idle worker sleeps when nobody wakes it. Default 250 ms.</summary>
    public TimeSpan IdlePoll { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long it sleeps after it has found nothing for a while. Default 1 s.</summary>
    public TimeSpan IdlePollSlow { get; set; } = TimeSpan.FromSeconds(1);
}
