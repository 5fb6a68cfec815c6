using System.CommandLine;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Payments;

namespace ChainExec.Cli.Admin;

/// <summary><c>chainexec sender refill</c>: senders that get native coin by rule.</summary>
internal static class RefillCommands
{
    private const int RulesMax = 1000;

    public static Command Create() => new("refill", "Rules that refill a sender from a treasury account.")
    {
        CreateSet(), CreateRemove(), CreateList(),
    };

    private static Command CreateSet()
    {
        (Option<long> chain, Argument<string> address) = SenderCommands.Named();
        var source = new Option<string>("--source")
        {
            Description = "The account that pays; registered with --native-is-customer-money.", Required = true,
        };
        Option<string> threshold = Wei("--threshold", "Refilled below this balance.");
        Option<string> amount = Wei("--amount", "Sent each time.");
        Option<string> cap = Wei("--daily-cap", "Sent on one UTC day at most.");
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("set", "Sets the rule of a sender. Amounts in wei.")
        {
            address, chain, source, threshold, amount, cap, database, config,
        };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (long on, Address sender) = SenderCommands.Read(result, chain, address);
            Address payer = SenderCommands.ReadAddress(result.GetRequiredValue(source));
            TokenAmount least = Read(result, threshold), each = Read(result, amount), most = Read(result, cap);
            if (sender == payer || each.IsZero || least.IsZero || most < each)
                throw new CliException("The source is another account, amounts are above 0, and the cap is no less than the amount.",
                    CliException.Usage);
            await engine.WriteAsync(
                async (session, inner) =>
                {
                    CustodyAccount? account = await engine.Get<AccountStore>().FindAsync(session, on, payer, inner);
                    if (account is not { NativeIsCustomerMoney: true })
                        throw new CliException($"{payer} is no account of ours on chain {on} whose native coin is its owner's money.");
                    var rule = new RefillRule(on, sender, account.Owner, payer, least, each, most);
                    await engine.Get<RefillStore>().SetAsync(session, rule, EngineAccess.Actor, inner);
                    await SenderCommands.AuditAsync(
                        engine, session, "sender.refill.set", on, sender,
                        new { source = payer.ToString(), threshold = $"{least}", amount = $"{each}", daily_cap = $"{most}" }, inner);
                    return true;
                },
                token);
            await Console.Error.WriteLineAsync($"{sender} is refilled from {payer} on chain {on}.");
            return 0;
        });
        return command;
    }

    private static Command CreateRemove()
    {
        (Option<long> chain, Argument<string> address) = SenderCommands.Named();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("remove", "Ends the rule of a sender; a refill under way goes on.") { address, chain, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            (long on, Address sender) = SenderCommands.Read(result, chain, address);
            bool removed = await engine.WriteAsync(
                async (session, inner) =>
                {
                    bool ended = await engine.Get<RefillStore>().RemoveAsync(session, on, sender, inner);
                    if (ended)
                        await SenderCommands.AuditAsync(
                            engine, session, "sender.refill.remove", on, sender, new { chain = on, sender = sender.ToString() }, inner);
                    return ended;
                },
                token);
            await Console.Error.WriteLineAsync(removed ? $"{sender} is not refilled any more." : "It has no rule.");
            return removed ? 0 : 1;
        });
        return command;
    }

    private static Command CreateList()
    {
        Option<bool> json = Settings.Json();
        Option<string?> database = Settings.Database();
        Option<string?> config = Settings.Config();
        var command = new Command("list", "The rules, and what was sent today.") { json, database, config };
        command.SetAction(async (result, token) =>
        {
            await using EngineAccess engine = EngineAccess.Open(result.GetValue(config), result.GetValue(database));
            var rows = await engine.WriteAsync(
                async (session, inner) =>
                {
                    var read = new List<object>();
                    foreach (RefillRule rule in await engine.Get<RefillStore>().RulesAsync(session, RulesMax, inner))
                    {
                        TokenAmount today = await engine.Get<RefillStore>().TodayAsync(session, rule, inner);
                        read.Add(new
                        {
                            chain = rule.Chain, sender = rule.Sender.ToString(), source = rule.Source.ToString(),
                            threshold = $"{rule.Threshold}", amount = $"{rule.Amount}", daily_cap = $"{rule.DailyCap}", today = $"{today}",
                        });
                    }

                    return read;
                },
                token);
            foreach (object row in rows)
            {
                if (result.GetValue(json))
                    Output.WriteJson(row);
                else
                    Console.Out.WriteLine(row);
            }

            return 0;
        });
        return command;
    }

    private static Option<string> Wei(string name, string description) => new(name) { Description = description, Required = true };

    private static TokenAmount Read(ParseResult result, Option<string> option) =>
        TokenAmount.TryParse(result.GetRequiredValue(option), out TokenAmount amount)
            ? amount
            : throw new CliException($"{option.Name} is no amount of wei.", CliException.Usage);
}
