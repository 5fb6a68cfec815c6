using System.Text.RegularExpressions;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>
/// Which module of the engine may use which, bottom up. A use is a mention of the other module's namespace in code; reading another
/// module's <c>v_*</c> views is free to all and judged by <see cref="SqlOwnership"/>.
/// </summary>
internal static class ModuleMap
{
    /// <summary>The house as it was drawn. A module that is not here may not exist.</summary>
    public static IReadOnlyDictionary<string, string[]> MayUse { get; } = new Dictionary<string, string[]>
    {
        ["Storage"] = [],
        ["Facts"] = ["Storage"],
        ["Governance"] = ["Storage", "Facts"],
        ["Calls"] = ["Storage"],
        ["Ledger"] = ["Storage", "Facts"],
        ["Custody"] = ["Storage", "Facts", "Calls"],
        ["Execution"] = ["Calls", "Custody", "Governance", "Facts", "Storage"],
        ["Indexing"] = ["Calls", "Facts", "Storage"],
        ["Attribution"] = ["Indexing", "Calls", "Facts", "Storage"],
        ["Admission"] = ["Governance", "Calls", "Ledger", "Execution", "Facts", "Storage"],
        ["Flows"] = ["Admission", "Ledger", "Facts", "Storage"],
        ["Payments"] = ["Flows", "Admission", "Execution", "Ledger", "Calls", "Custody", "Governance", "Facts", "Storage"],
        ["Reconciliation"] =
        [
            "Payments", "Flows", "Admission", "Attribution", "Indexing", "Execution", "Custody", "Ledger", "Calls", "Governance", "Facts",
            "Storage",
        ],
        ["Delivery"] = ["Facts", "Governance", "Storage"],
        ["Operations"] = ["Storage"],
    };

    /// <summary>Uses beyond the drawing, each with the reason for which it is better to have it than to avoid it.</summary>
    public static IReadOnlyDictionary<(string Module, string Uses), string> Departures { get; } = new Dictionary<(string, string), string>
    {
        [("Calls", "Facts")] =
            "The payload records of the stream are the one description of a transaction and a movement; the pure derivation of movements "
            + "lives in Calls because Execution judges by it and Attribution books by it, and neither may use the other.",
        [("Attribution", "Execution")] =
            "What an operator must be told is one list of incidents, which Execution keeps; an attribution that nobody can make is one.",
        [("Admission", "Custody")] =
            "Admission finds the account that a request names, inside its own transaction, and Custody keeps the directory of accounts.",
    };

    private static readonly string Names = string.Join('|', MayUse.Keys);

    // ChainExec.Facts from anywhere, or Facts.Something, which a file inside ChainExec can say without a using; after a point it is a
    // member.
    private static readonly Regex Mention = new($@"\bChainExec\.(?<module>{Names})\b|(?<![\w.])(?<module>{Names})\.(?=[A-Z])");

    public static IEnumerable<(string Uses, Offence At)> UsesOf(SourceFile file)
    {
        foreach (Match match in Mention.Matches(file.Code))
        {
            string uses = match.Groups["module"].Value;
            if (uses != file.Module)
                yield return (uses, file.Offend(match.Index, file.Code, $"{Shown(file.Module)} must not use {uses}"));
        }
    }

    public static IEnumerable<Offence> Check(SourceFile file)
    {
        if (file.Module.Length > 0 && !MayUse.ContainsKey(file.Module))
            return [new Offence(file.Path, 1, $"{file.Module} is not on the module map")];

        string[] allowed = file.Module.Length == 0 ? [] : MayUse[file.Module];
        return UsesOf(file)
            .Where(use => !allowed.Contains(use.Uses) && !Departures.ContainsKey((file.Module, use.Uses)))
            .Select(use => use.At);
    }

    private static string Shown(string module) => module.Length == 0 ? "The engine's root" : module;
}
