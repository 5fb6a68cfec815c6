using ChainExec.Storage;

namespace ChainExec.Server.Composition;

/// <summary>Which work this process does. Any number of processes share one database, each with any set of roles.</summary>
internal sealed class RolesOptions
{
    private static readonly string[] Known = ["api", "index", "execute", "flow"];

    private readonly HashSet<string> _roles;

    private RolesOptions(HashSet<string> roles) => _roles = roles;

    /// <summary>Whether the REST API is served; health is served always.</summary>
    public bool ServesApi => _roles.Contains("api");

    /// <summary>Whether blocks are followed.</summary>
    public bool Indexes => _roles.Contains("index");

    /// <summary>Reads <c>Roles</c>, a comma separated list of api, index, execute and flow. Default: all.</summary>
    /// <exception cref="StartRefusedException">A role that does not exist.</exception>
    public static RolesOptions Read(IConfiguration configuration)
    {
        string[] roles = (configuration["Roles"] ?? string.Join(',', Known))
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string[] unknown = [.. roles.Except(Known)];
        return roles.Length > 0 && unknown.Length == 0
            ? new RolesOptions([.. roles])
            : throw new StartRefusedException([$"Roles is '{string.Join(',', roles)}'; it is a list of {string.Join(", ", Known)}."]);
    }

    /// <summary>Whether this process runs the worker. The sequencer runs wherever anything runs: one at a time by its row lock.</summary>
    public bool Runs(IWorker worker) => RoleOf(worker.Name) is { } role ? _roles.Contains(role) : _roles.Any(each => each != "api");

    private static string? RoleOf(string worker) => worker switch
    {
        "facts.consumer.execution" => "execute",
        "facts.consumer.attribution" => "index",
        "facts.consumer.flows" or "facts.consumer.flow_rules" => "flow",
        _ when worker.StartsWith("indexing.", StringComparison.Ordinal) => "index",
        _ when worker.StartsWith("attribution.", StringComparison.Ordinal) => "index",
        _ when worker.StartsWith("execution.", StringComparison.Ordinal) => "execute",
        _ when worker.StartsWith("flows.", StringComparison.Ordinal) => "flow",
        _ when worker.StartsWith("payments.", StringComparison.Ordinal) => "flow",
        _ when worker.StartsWith("ledger.", StringComparison.Ordinal) => "flow",
        _ => null,
    };
}
