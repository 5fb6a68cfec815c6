using System.CommandLine;
using System.Globalization;
using ChainExec.Admission;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec slot</c>: the nonces of our senders.</summary>
internal static class SlotCommands
{
    public static Command Create() => new("slot", "Nonces of our senders.") { CreateShow(), CreateFill(), CreateAdopt() };

    private static Command CreateShow()
    {
        (Argument<long> chain, Argument<string> sender, Argument<long> nonce) = Named();
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("show", "What a nonce carries, every hash that was signed on it, and its steps.")
        {
            chain, sender, nonce, json, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (long on, Address who, long number) = Read(result, chain, sender, nonce);
            SlotView view = await engine.Get<SlotVerbs>().ShowAsync(on, who, number, token)
                ?? throw new CliException($"Nonce {number} of {who} was never bound on chain {on}.");
            if (result.GetValue(json))
                Output.WriteJson(new
                {
                    view.State, view.Nonce, Sender = who.ToString(), view.IsFillAsked, view.IsSignerToldHowItEnded,
                    TxHash = view.TxHash?.ToString(), view.BlockNumber, view.NeedsOperator,
                    Intents = view.Intents.Select(intent => intent.ToString()), Signed = view.Signed.Select(hash => hash.ToString()),
                    view.Steps,
                });
            else
                Show(view);
            return 0;
        });
        return command;
    }

    private static Command CreateFill()
    {
        (Argument<long> chain, Argument<string> sender, Argument<long> nonce) = Named();
        var reason = new Option<string>("--reason") { Description = "Why; kept in the audit and in the intent's detail.", Required = true };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command(
            "fill", "Has a nonce consumed by a transfer of nothing. What it carries ends without its effect, unless that is mined first.")
        {
            chain, sender, nonce, reason, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (long on, Address who, long number) = Read(result, chain, sender, nonce);
            string why = ReadReason(result, reason);
            return await AnswerAsync(
                async () => await engine.Get<SlotVerbs>().FillAsync(on, who, number, why, EngineAccess.Actor, token) switch
                {
                    FillResult.Asked(var state) => (0, $"Nonce {number} of {who} is to be filled; it is {state}."),
                    FillResult.Refused(var code, var detail) => (1, $"{code}: {detail}"),
                    var other => throw new InvalidOperationException($"Unhandled {other.GetType().Name}."),
                });
        });
        return command;
    }

    private static Command CreateAdopt()
    {
        (Argument<long> chain, Argument<string> sender, Argument<long> nonce) = Named();
        var tx = new Option<string>("--tx") { Description = "Hash of the foreign transaction that consumed the nonce.", Required = true };
        var reason = new Option<string>("--reason") { Description = "The proof in words; kept in the audit.", Required = true };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command(
            "adopt", "Declares that the foreign transaction which consumed a nonce is the payment that the nonce carried.")
        {
            chain, sender, nonce, tx, reason, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (long on, Address who, long number) = Read(result, chain, sender, nonce);
            if (!Hash32.TryParse(result.GetRequiredValue(tx), out Hash32 hash, out _))
                throw new CliException("--tx is the hash of a transaction.", CliException.Usage);
            var request = new AdoptRequest(on, who, number, hash, ReadReason(result, reason), EngineAccess.Actor);
            return await AnswerAsync(
                async () => await engine.Get<SlotAdoption>().AdoptAsync(request, token) switch
                {
                    AdoptResult.Adopted(var root, _) => (0, $"{root} is confirmed by {hash}."),
                    AdoptResult.Refused(var code, var detail) => (1, $"{code}: {detail}"),
                    var other => throw new InvalidOperationException($"Unhandled {other.GetType().Name}."),
                });
        });
        return command;
    }

    // What became of a verb: the exit code, and the sentence for whoever asked.
    private static async Task<int> AnswerAsync(Func<Task<(int ExitCode, string Text)>> ask)
    {
        try
        {
            (int exitCode, string text) = await ask();
            await Console.Error.WriteLineAsync(text);
            return exitCode;
        }
        catch (StaleWriteException exception)
        {
            throw new CliException($"{exception.Message} Nothing was written; ask again.");
        }
    }

    private static string ReadReason(ParseResult result, Option<string> reason) =>
        result.GetRequiredValue(reason).Trim() is { Length: > 0 and <= 500 } said
            ? said
            : throw new CliException("--reason is a text of 1 to 500 characters.", CliException.Usage);

    private static void Show(SlotView view)
    {
        string fill = view.IsFillAsked ? ", to be filled" : "";
        Console.Out.WriteLine($"nonce {view.Nonce} of {view.Sender} on chain {view.Chain}: {view.State}{fill}");
        if (view.NeedsOperator is { } parked)
            Console.Out.WriteLine($"needs an operator: {parked}");
        if (view.TxHash is { } hash)
            Console.Out.WriteLine($"transaction {hash} in block {view.BlockNumber}");
        foreach (IntentId intent in view.Intents)
            Console.Out.WriteLine($"carries {intent}");
        foreach (Hash32 signed in view.Signed)
            Console.Out.WriteLine($"signed {signed}");
        Output.WriteTable(
            ["at", "from", "event", "to", "reason", "by"],
            [.. view.Steps.Select(step => (IReadOnlyList<string>)
            [
                step.At.UtcDateTime.ToString("u", CultureInfo.InvariantCulture), step.From ?? "", step.Event, step.To, step.Reason ?? "",
                step.Actor,
            ])]);
    }

    private static (Argument<long> Chain, Argument<string> Sender, Argument<long> Nonce) Named() => (
        new Argument<long>("chain") { Description = "EIP-155 chain id." },
        new Argument<string>("sender") { Description = "The sending address." },
        new Argument<long>("nonce") { Description = "The nonce." });

    private static (long Chain, Address Sender, long Nonce) Read(
        ParseResult result, Argument<long> chain, Argument<string> sender, Argument<long> nonce) =>
        (result.GetRequiredValue(chain), SenderCommands.ReadAddress(result.GetRequiredValue(sender)), result.GetRequiredValue(nonce));
}
