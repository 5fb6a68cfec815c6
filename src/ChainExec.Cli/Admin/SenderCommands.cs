using System.CommandLine;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec sender</c>: stops a sender from binding anything new. What is signed goes on.</summary>
internal static class SenderCommands
{
    public static Command Create() => new("sender", "Sending addresses.") { CreatePause(), CreateResume(), RefillCommands.Create() };

    private static Command CreatePause()
    {
        (Option<long> chain, Argument<string> address) = Named();
        var reason = new Option<string>("--reason") { Description = "Why; shown to operators and in the intents that wait.",
            Required = true };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("pause", "Binds no further nonces for a sender, until it is resumed.")
        {
            address, chain, reason, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (long on, Address sender) = Read(result, chain, address);
            await engine.WriteAsync(
                async (session, inner) =>
                {
                    await engine.Get<SenderStore>().PauseAsync(
                        session, on, sender, PauseKind.Operator, result.GetRequiredValue(reason), EngineAccess.Actor, inner);
                    await AuditAsync(engine, session, "sender.pause", on, sender, new { chain = on, sender = sender.ToString() }, inner);
                    return true;
                },
                token);
            await Console.Error.WriteLineAsync($"{sender} binds nothing new on chain {on}.");
            return 0;
        });
        return command;
    }

    private static Command CreateResume()
    {
        (Option<long> chain, Argument<string> address) = Named();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("resume", "Ends an operator's pause.") { address, chain, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (long on, Address sender) = Read(result, chain, address);
            bool resumed = await engine.WriteAsync(
                async (session, inner) =>
                {
                    bool ended = await engine.Get<SenderStore>().ResumeAsync(session, on, sender, PauseKind.Operator, inner);
                    if (ended)
                        await AuditAsync(
                            engine, session, "sender.resume", on, sender, new { chain = on, sender = sender.ToString() }, inner);
                    session.WakeWorkersAfterCommit();
                    return ended;
                },
                token);
            await Console.Error.WriteLineAsync(resumed ? $"{sender} goes on." : "It is not paused by an operator.");
            return resumed ? 0 : 1;
        });
        return command;
    }

    /// <summary>How a sender is named on the command line.</summary>
    internal static (Option<long> Chain, Argument<string> Address) Named() =>
        (new Option<long>("--chain") { Description = "EIP-155 chain id.", Required = true },
            new Argument<string>("address") { Description = "The sending address." });

    internal static (long Chain, Address Sender) Read(ParseResult result, Option<long> chain, Argument<string> address) =>
        (result.GetRequiredValue(chain), ReadAddress(result.GetRequiredValue(address)));

    /// <exception cref="CliException">It is no address.</exception>
    internal static Address ReadAddress(string text) =>
        Address.TryParse(text, out Address address, out string? error) ? address : throw new CliException(error, CliException.Usage);

    internal static Task AuditAsync(
        EngineAccess engine, DbSession session, string action, long chain, Address sender, object details,
        CancellationToken cancellationToken) =>
        engine.Get<OwnerStore>().AuditAsync(session, EngineAccess.Actor, action, $"{chain}:{sender}", details, cancellationToken);
}
