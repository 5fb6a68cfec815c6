using System.CommandLine;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Governance;
using ChainExec.Indexing;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec chain</c>: shows how far the chains are, and ends the halt of one.</summary>
internal static class ChainCommands
{
    private const int ShownMax = 100;

    public static Command Create() => new("chain", "Chains.") { ChainStatusCommand.Create(), CreateReAnchor() };

    private static Command CreateReAnchor()
    {
        var chain = new Argument<long>("chain") { Description = "EIP-155 chain id." };
        var block = new Option<string>("--block") { Description = "Our highest final block that is on the right chain.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit.", Required = true };
        var undo = new Option<bool>("--undo-settled")
        {
            Description = "Undo final transactions of ours above the block: their postings are compensated and their bytes sent again.",
        };
        var database = new Option<string?>("--database")
        {
            Description = "Connection string of an administrator (ce_owner). Default: CHAINEXEC_ADMIN_DATABASE.",
        };
        Option<string?> config = Settings.Config();
        var command = new Command(
            "re-anchor",
            "Ends a halt: the chain goes on from a final block. Refused while final transactions of ours are above it, unless they "
            + "are undone by name. See docs/runbooks/chain-halted.md.")
        {
            chain, block, reason, undo, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            if (!Hash32.TryParse(result.GetRequiredValue(block), out Hash32 hash, out string? error))
                throw new CliException(error, CliException.Usage);
            string why = result.GetRequiredValue(reason).Trim() is { Length: > 0 and <= 500 } said
                ? said
                : throw new CliException("--reason is a text of 1 to 500 characters.", CliException.Usage);
            string connection = Settings.Require(result.GetValue(database), "CHAINEXEC_ADMIN_DATABASE", "--database");
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), connection);
            long on = result.GetRequiredValue(chain);
            ReAnchorResult came = await engine.WriteAsync(
                async (session, inner) =>
                {
                    ReAnchorResult run = await engine.Get<ChainReAnchor>().RunAsync(
                        session, on, hash, result.GetValue(undo), inner);
                    if (run is ReAnchorResult.Done done)
                        await engine.Get<OwnerStore>().AuditAsync(
                            session, EngineAccess.Actor, "chain.re_anchor", $"{on}",
                            new
                            {
                                reason = why, block = hash.ToString(), done.Number, done.Orphaned, done.FinalTakenBack,
                                undone = done.Undone.Count,
                            },
                            inner);
                    return run;
                },
                token);
            return await TellAsync(on, came);
        });
        return command;
    }

    private static async Task<int> TellAsync(long chain, ReAnchorResult came)
    {
        switch (came)
        {
            case ReAnchorResult.Done(var number, var orphaned, var taken, var undone):
                await Console.Error.WriteLineAsync(
                    $"Chain {chain} goes on from block {number}; {orphaned} blocks are orphaned, {taken} of them had been final; "
                    + $"{undone.Count} final transactions of ours are undone.");
                List(undone);
                return 0;
            case ReAnchorResult.Refused(var code, var detail, var affected):
                await Console.Error.WriteLineAsync($"{code}: {detail}");
                List(affected);
                return 1;
            default:
                throw new InvalidOperationException($"Unhandled {came.GetType().Name}.");
        }

        static void List(IReadOnlyList<ChainTransaction> transactions)
        {
            foreach (ChainTransaction transaction in transactions.Take(ShownMax))
                Console.Out.WriteLine($"{transaction.BlockNumber}  {transaction.TxHash}  from {transaction.From}");
            if (transactions.Count > ShownMax)
                Console.Out.WriteLine($"and {transactions.Count - ShownMax} more");
        }
    }
}
