using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Cli.Admin;
using ChainExec.Client;

namespace ChainExec.Cli.Api;

/// <summary><c>chainexec intent</c>.</summary>
internal static class IntentCommands
{
    private const int BodyCharactersMax = 1024 * 1024;

    public static Command Create() => new("intent", "Payments and other intents.")
    {
        CreateSubmit(), CreateShow(), CreateWatch(), CreateCancel(), CreateApprove(), CreateReject(),
        IntentOperatorCommands.CreateRetry(),
    };

    private static Command CreateSubmit()
    {
        var file = new Argument<string>("file") { Description = "The body of POST /v1/intents as a JSON file; - reads standard input." };
        var key = new Option<string?>("--idempotency-key") { Description = "Give the same one when you repeat. Default: a new one." };
        var priority = new Option<int?>("--priority") { Description = "0 to 9, instead of the body's: the higher binds first." };
        Option<bool> json = Settings.Json();
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command("submit", "Submits an intent and prints its id.") { file, key, priority, json, api, keyFile };
        command.SetAction(async (result, token) =>
        {
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            SubmittedIntent submitted = await client.SubmitJsonAsync(
                WithPriority(Read(result.GetRequiredValue(file)), result.GetValue(priority)), result.GetValue(key), token);
            if (submitted.Replayed)
                await Console.Error.WriteLineAsync("The key was used before: this is the first answer again.");
            if (result.GetValue(json))
                Output.WriteJson(submitted.Intent);
            else
                Console.Out.WriteLine(submitted.Intent.Id);
            return 0;
        });
        return command;
    }

    private static Command CreateShow()
    {
        var id = new Argument<string>("id") { Description = "int_…" };
        var executions = new Option<bool>("--executions") { Description = "With every attempt; implies --json." };
        Option<bool> json = Settings.Json();
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command("show", "Shows an intent and its timeline.") { id, executions, json, api, keyFile };
        command.SetAction(async (result, token) =>
        {
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            string path = $"/v1/intents/{Uri.EscapeDataString(result.GetRequiredValue(id))}";
            if (result.GetValue(executions) || result.GetValue(json))
                Output.WriteJson(await client.GetRawAsync(result.GetValue(executions) ? path + "?expand=executions" : path, token));
            else
                Show(await client.GetIntentAsync(result.GetRequiredValue(id), token));
            return 0;
        });
        return command;
    }

    private static Command CreateWatch()
    {
        var id = new Argument<string>("id") { Description = "int_…" };
        var timeout = new Option<int>("--timeout") { Description = "Seconds. Default 600.", DefaultValueFactory = _ => 600 };
        Option<bool> json = Settings.Json();
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command("watch", "Prints an intent's steps as they happen; 0 when it is confirmed, 1 otherwise.")
        {
            id, timeout, json, api, keyFile,
        };
        command.SetAction(async (result, token) =>
        {
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            var watch = new IntentWatch(client, TimeProvider.System, (_, step) => Print(step, result.GetValue(json)));
            watch.Add(result.GetRequiredValue(id));
            IReadOnlyList<Intent> ended = await watch.RunAsync(TimeSpan.FromSeconds(result.GetValue(timeout)), token);
            return ended[0].Status == IntentStatus.Confirmed ? 0 : 1;
        });
        return command;
    }

    private static Command CreateCancel()
    {
        var id = new Argument<string>("id") { Description = "int_…" };
        Option<bool> json = Settings.Json();
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var reason = new Option<string?>("--reason")
        {
            Description = "Cancels as an operator, whoever owns it, through the database: kept in the audit. Needs --config.",
        };
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command(
            "cancel", "Asks an intent to end without its effect. What was sent before may still win: watch it to its end.")
        {
            id, json, api, keyFile, reason, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            if (result.GetValue(reason) is { } why)
                return await IntentOperatorCommands.CancelAsync(
                    result.GetRequiredValue(id), why, result.GetValue(config), result.GetValue(database), token);
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            Intent intent = await client.CancelIntentAsync(result.GetRequiredValue(id), token);
            if (result.GetValue(json))
                Output.WriteJson(intent);
            else
                Show(intent);
            return 0;
        });
        return command;
    }

    private static Command CreateApprove()
    {
        var id = new Argument<string>("id") { Description = "int_…" };
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command(
            "approve", "Approves an intent under user custody. Reads the owner's one-time password from the input, never from the options.")
        {
            id, api, keyFile,
        };
        command.SetAction(async (result, token) =>
        {
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            string otp = (await Console.In.ReadLineAsync(token))?.Trim() ?? "";
            Show(await client.ApproveIntentAsync(result.GetRequiredValue(id), otp, token));
            return 0;
        });
        return command;
    }

    private static Command CreateReject()
    {
        var id = new Argument<string>("id") { Description = "int_…" };
        var reason = new Option<string>("--reason") { Description = "Why.", Required = true };
        Option<string?> api = Settings.Api();
        Option<string?> keyFile = Settings.KeyFile();
        var command = new Command("reject", "Rejects an intent under user custody: it ends, and nothing of it was signed.")
        {
            id, reason, api, keyFile,
        };
        command.SetAction(async (result, token) =>
        {
            ChainExecClient client = ApiAccess.Open(result.GetValue(api), result.GetValue(keyFile));
            Show(await client.RejectIntentAsync(result.GetRequiredValue(id), result.GetRequiredValue(reason), token));
            return 0;
        });
        return command;
    }

    private static void Show(Intent intent)
    {
        Console.Out.WriteLine($"{intent.Id}  {intent.Status}{(intent.Reason is null ? "" : $"  {intent.Reason}")}");
        if (intent.Detail is not null)
            Console.Out.WriteLine(intent.Detail);
        string reference = intent.ClientReference is null ? "" : $", reference {intent.ClientReference}";
        Console.Out.WriteLine($"chain {intent.Chain}, account {intent.Account}{reference}");
        if (intent.Approval is { } approval)
            Console.Out.WriteLine(
                $"approval {approval.Id} {approval.Status}, at most {approval.MaxTotalFee} wei, until {approval.ExpiresAt.UtcDateTime:u}");
        if (intent.Transaction is { } transaction)
            Console.Out.WriteLine($"transaction {transaction.Hash}{(transaction.BlockNumber is { } block ? $" in block {block}" : "")}");
        if (intent.Revert is { } revert)
        {
            string reason = revert.Kind is null ? "its reason is not known yet" : $"{revert.Kind}: {revert.Message}";
            Console.Out.WriteLine($"reverted in block {revert.BlockNumber}, gas {revert.GasUsed}, fee {revert.Fee} wei: {reason}");
        }

        foreach (IntentCall call in intent.Calls)
            Console.Out.WriteLine($"{call.Id}  {call.Type}  {call.Args.GetRawText()}");
        foreach (IntentStep step in intent.Timeline ?? [])
            Print(step, json: false);
    }

    private static void Print(IntentStep step, bool json)
    {
        string reason = step.Reason is null ? "" : $"  ({step.Reason})";
        Console.Out.WriteLine(json
            ? JsonSerializer.Serialize(new { at = step.At, step = step.Step, reason = step.Reason, evidence = step.Evidence })
            : string.Create(CultureInfo.InvariantCulture, $"{step.At.UtcDateTime:HH:mm:ss.fff}  {step.Step}{reason}"));
    }

    private static string WithPriority(string body, int? priority)
    {
        if (priority is null)
            return body;
        try
        {
            if (JsonNode.Parse(body) is not JsonObject request)
                throw new CliException("The body must be a JSON object.", CliException.Usage);
            request["priority"] = priority;
            return request.ToJsonString();
        }
        catch (JsonException exception)
        {
            throw new CliException($"The body is no JSON: {exception.Message}", CliException.Usage);
        }
    }

    private static string Read(string file)
    {
        using TextReader reader = file == "-" ? Console.In : Open(file);
        char[] text = new char[BodyCharactersMax + 1];
        int length = reader.ReadBlock(text, 0, text.Length);
        return length <= BodyCharactersMax
            ? new string(text, 0, length)
            : throw new CliException("The body is longer than any that is admitted.", CliException.Usage);
    }

    private static StreamReader Open(string file) =>
        File.Exists(file) ? new StreamReader(file) : throw new CliException($"There is no file {file}.", CliException.Usage);
}
