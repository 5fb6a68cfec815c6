using System.CommandLine;
using ChainExec.Admission;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary>What operators do to intents of any owner: through the database and the signer, with a reason, audited.</summary>
internal static class IntentOperatorCommands
{
    public static Command CreateRetry()
    {
        var id = new Argument<string>("id") { Description = "int_…" };
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit.", Required = true };
        var deadline = new Option<DateTimeOffset?>("--deadline") { Description = "Of the new attempt. Default: the intent's own." };
        var acceptUnseen = new Option<bool>("--accept-unseen")
        {
            Description = "You have looked at the foreign transactions that unseen_movement names, and none of them paid this.",
        };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command(
            "retry",
            "Tries an ended intent again on a new nonce. Refused, with every reason, while anything of it could still happen or something "
            + "equal moved.")
        {
            id, reason, deadline, acceptUnseen, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            var request = new RetryRequest(
                Read(result.GetRequiredValue(id)), Said(result.GetRequiredValue(reason)), EngineAccess.Actor, result.GetValue(deadline),
                result.GetValue(acceptUnseen));
            switch (await engine.Get<IntentRetry>().RetryAsync(request, token))
            {
                case RetryResult.Retried(var child):
                    await Console.Error.WriteLineAsync($"{request.Root} goes on; its newest member is {child}.");
                    return 0;
                case RetryResult.Refused(var reasons):
                    foreach (RetryRefusal refusal in reasons)
                        await Console.Error.WriteLineAsync($"{refusal.Code}: {refusal.Detail}");
                    return 1;
                default:
                    throw new CliException($"There is no intent {request.Root}.");
            }
        });
        return command;
    }

    /// <summary>Cancels an intent of whatever owner.</summary>
    public static async Task<int> CancelAsync(
        string id, string reason, string? config, string? database, CancellationToken cancellationToken)
    {
        await using EngineAccess engine = EngineAccess.Open(config, database);
        (IntentId root, string why) = (Read(id), Said(reason));
        Intent member = await engine.WriteAsync((session, token) => engine.Get<FamilyStore>().ReadNewestAsync(session, root, token),
            cancellationToken) ?? throw new CliException($"There is no intent {root}.");
        EndResult result = await engine.Get<IntentEnding>().CancelAsync(
            member.Owner, root, $"An operator asked for it: {why}", EngineAccess.Actor,
            (session, came, token) => came is EndResult.Asked(var state)
                ? engine.Get<OwnerStore>().AuditAsync(
                    session, EngineAccess.Actor, "intent.cancel", root.ToString(), new { reason = why, state = EnumText.Of(state) }, token)
                : Task.CompletedTask,
            cancellationToken);
        switch (result)
        {
            case EndResult.Asked(var state):
                await Console.Error.WriteLineAsync($"{root} is {EnumText.Of(state)}.");
                return 0;
            case EndResult.Shared(var members):
                throw new CliException(
                    $"Its transaction carries {members} intents and was asked to be signed: it cannot end without the others. "
                    + "chainexec slot fill ends the batch; its other intents go on alone.");
            case EndResult.Over(var state):
                await Console.Error.WriteLineAsync($"{root} is {EnumText.Of(state)} already.");
                return 1;
            default:
                throw new CliException($"There is no intent {root}.");
        }
    }

    private static IntentId Read(string id) =>
        PublicId.TryParse(IntentId.Prefix, id, out Guid value)
            ? new IntentId(value)
            : throw new CliException($"{id} is no intent's id.", CliException.Usage);

    private static string Said(string reason) =>
        reason.Trim() is { Length: > 0 and <= 500 } said
            ? said
            : throw new CliException("--reason is a text of 1 to 500 characters.", CliException.Usage);
}
