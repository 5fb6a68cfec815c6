using System.Text.RegularExpressions;

namespace ChainExec.Engine.Tests.Tidy;

/// <summary>
/// An exception is caught by what it is. Catching everything is for the boundary of a worker's turn, for cleaning up before a rethrow, and
/// for the places listed with their reason. A filter that names the types it takes (<c>when (e is A or B)</c>) is a typed catch.
/// </summary>
internal static class CatchRule
{
    /// <summary>Files that may catch everything, how often, and why.</summary>
    public static IReadOnlyDictionary<string, (int Times, string Why)> Boundaries { get; } = new Dictionary<string, (int, string)>
    {
        ["src/ChainExec.Engine/Storage/WorkerLoop.cs"] = (1, "The boundary of every worker's turn: logged, backed off, tried again."),
        ["src/ChainExec.Server/Api/ProblemMiddleware.cs"] = (1, "The boundary of every request: logged, answered as a problem."),
        ["src/ChainExec.Engine/Storage/UnitOfWork.cs"] =
            (1, "The one place that tells database faults apart, by SqlState and by what was under way."),
        ["src/ChainExec.Engine/Facts/ConsumerWorker.cs"] =
            (3, "A fact that throws undoes its window; alone, it is parked with its exception and the other keys go on."),
        ["src/ChainExec.Engine/Admission/AdmissionBatch.cs"] =
            (1, "A batch that throws admitted nothing that is known: each request goes alone and hears its own answer."),
        ["src/ChainExec.Signer/Signing/SigningLine.cs"] =
            (1, "A command that throws is its caller's answer; the others that stand in line are decided."),
        ["src/ChainExec.Engine/Ledger/Poster.cs"] =
            (1, "A batch that throws is its callers' answer; the pump that others wait for goes on."),
        ["src/ChainExec.Engine/Execution/IntentWorker.cs"] =
            (2, "An intent that throws is parked with its exception; what is done together falls back to one by one; the others go on."),
        ["src/ChainExec.Cli/Offline/Answers.cs"] =
            (1, "The boundary of every request line: a defect is answered as one, and the other lines get their answers."),
        ["src/ChainExec.Engine/Execution/FreezeWorker.cs"] =
            (1, "A frozen intent that cannot be told to end is an incident; the others must end all the same."),
        ["src/ChainExec.Engine/Payments/RefillWorker.cs"] =
            (1, "A refill rule that throws is an incident; the other senders must not stay empty for it."),
        ["src/ChainExec.Engine/Attribution/Processors/ProcessorCalls.cs"] =
            (1, "A processor is its writer's code: where it throws it is parked, and the others go on."),
        ["src/ChainExec.Engine/Attribution/TraceWorker.cs"] =
            (1, "A trace is a node's word: one that cannot be used is its transaction's reason, and the others are traced."),
        ["src/ChainExec.Engine/Execution/ConsumptionWorker.cs"] =
            (1, "A slot that cannot be asked about is an incident; the others are asked about all the same."),
        ["src/ChainExec.Engine/Execution/RevertWorker.cs"] = (1, "A revert that cannot be explained is logged; the others are explained."),
        ["src/ChainExec.Engine/Flows/EffectWorker.cs"] =
            (1, "Whatever a provider's adapter throws, the provider may have done it: the effect is unknown, and the others go on."),
        ["src/ChainExec.Engine/Execution/SlotWorker.cs"] =
            (2, "A slot that throws is parked with its exception; what is done together falls back to one by one; the others go on."),
    };

    private static readonly Regex Catch = new(@"\bcatch\b\s*(?<what>\((?<type>[^)]*)\))?\s*(?<when>when\s*\()?");

    private static readonly Regex CatchesAll = new(@"^\s*(System\.)?Exception\b(\s+\w+)?\s*$");

    private const string Types = @"\w+\s+is\s+(?!not\b)[\w.<>]+(\s+or\s+(?!not\b)[\w.<>]+)*";

    // UnitOfWork.IsDatabaseFault is the one list of what a database being away looks like: asking it is naming types.
    private const string DatabaseFault = @"(UnitOfWork\.)?IsDatabaseFault\(\w+\)";

    private static readonly Regex NamesItsTypes = new(
        $@"^\s*({Types}|{DatabaseFault})(\s*\|\|\s*({Types}|{DatabaseFault}))*(\s*&&[^|]*)?\s*$");

    public static IEnumerable<Offence> CheckCatchAll(SourceFile file)
    {
        List<Offence> found = [.. CatchAlls(file)];
        int allowed = Boundaries.TryGetValue(file.Path, out (int Times, string Why) boundary) ? boundary.Times : 0;
        return found.Count > allowed ? found : [];
    }

    public static IEnumerable<Offence> CatchAlls(SourceFile file)
    {
        string code = file.Code;
        foreach (Match match in Catch.Matches(code))
        {
            bool all = !match.Groups["what"].Success || CatchesAll.IsMatch(match.Groups["type"].Value);
            if (!all)
                continue;

            int after = match.Index + match.Length;
            if (match.Groups["when"].Success)
            {
                int end = Matching(code, after - 1, '(', ')');
                if (NamesItsTypes.IsMatch(code[after..end]))
                    continue;
                after = end + 1;
            }

            if (!EndsInRethrow(Block(code, after)))
                yield return file.Offend(match.Index, code, "catches every exception");
        }
    }

    public static IEnumerable<Offence> CheckEmpty(SourceFile file)
    {
        string code = file.Code;
        foreach (Match match in Catch.Matches(code))
        {
            int after = match.Index + match.Length;
            if (match.Groups["when"].Success)
                after = Matching(code, after - 1, '(', ')') + 1;
            if (string.IsNullOrWhiteSpace(Block(code, after)))
                yield return file.Offend(match.Index, code, "swallows an exception without a trace");
        }
    }

    private static bool EndsInRethrow(string block) => Regex.IsMatch(block, @"\bthrow\s*;\s*$");

    private static string Block(string code, int from)
    {
        int open = code.IndexOf('{', from);
        return open < 0 ? "" : code[(open + 1)..Matching(code, open, '{', '}')];
    }

    private static int Matching(string code, int open, char begin, char end)
    {
        int depth = 0;
        for (int at = open; at < code.Length; at++)
        {
            depth += code[at] == begin ? 1 : code[at] == end ? -1 : 0;
            if (depth == 0)
                return at;
        }

        return code.Length;
    }
}
