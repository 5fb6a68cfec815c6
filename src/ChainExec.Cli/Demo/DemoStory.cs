using System.Numerics;
using ChainExec.Calls;
using ChainExec.Cli.Api;
using ChainExec.Client;
using ChainExec.Ethereum;

namespace ChainExec.Cli.Demo;

/// <summary>
/// One day of payments in a minute: a deposit, a payment and the fee that waits for it, a repeated request, a payment that would revert,
/// one without funds. Every run uses references of its own, so that it can be told again on the same books.
/// </summary>
internal sealed class DemoStory(
    ChainExecClient client, OutsideWorld world, DemoConsole console, TimeProvider clock, long chain, Asset dollar, Address payer,
    Address treasury)
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BookedWithin = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan FinalWithin = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly BigInteger Coin = BigInteger.Pow(10, 18);

    private readonly string _run = $"demo-{clock.GetUtcNow().UtcDateTime:yyyyMMdd-HHmmss-fff}";
    private readonly Dictionary<string, string> _names = [];

    /// <summary>Whether everything came as it must.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await AwaitReadyAsync(cancellationToken);
        await FundAsync(cancellationToken);

        console.Chapter("A payment of 500.00, and a fee of 1.10 that waits for it");
        var watch = new IntentWatch(client, clock, Tell);
        string payment = await SubmitAsync(watch, "payment 500.00", Dollars(500_00), world.Supplier, after: null, cancellationToken);
        bool repeated = await RepeatAsync(payment, cancellationToken);
        await SubmitAsync(watch, "fee 1.10", Dollars(1_10), treasury, payment, cancellationToken);
        Hash32 deposit = await world.TransferAsync(world.Customer, dollar.Contract!.Value, treasury, Dollars(250_00), cancellationToken);
        console.Step(clock.GetUtcNow(), "deposit 250.00", $"sent from an outside wallet in {deposit}", good: true);
        Task<bool> booked = AwaitDepositAsync(deposit, cancellationToken);
        IReadOnlyList<Intent> paid = await watch.RunAsync(FinalWithin, cancellationToken);
        bool deposited = await booked;

        bool refused = await RefusedBeforeGasAsync(cancellationToken);
        bool unfunded = await WithoutFundsAsync(cancellationToken);
        return paid.All(intent => intent.Status == IntentStatus.Confirmed) && repeated && deposited && refused && unfunded;
    }

    private async Task AwaitReadyAsync(CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await client.GetRawAsync("/health/ready", cancellationToken);
                return;
            }
            catch (ChainExecException exception) when (clock.GetElapsedTime(began) < ReadyWithin)
            {
                console.Say($"waiting until the service is ready: {exception.Message}");
                await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellationToken);
            }
        }
    }

    private async Task FundAsync(CancellationToken cancellationToken)
    {
        console.Chapter("Money comes in from outside");
        foreach (Address account in new[] { payer, treasury })
        {
            if (await world.CoinAsync(account, cancellationToken) >= Coin)
                continue;
            await world.GiveCoinAsync(account, 2 * Coin, cancellationToken);
            console.Say($"{account} got 2.00 of the chain's coin, the house's float for gas");
        }

        Address token = dollar.Contract!.Value;
        await world.MintAsync(token, world.Customer, Dollars(1250_00), cancellationToken);
        Hash32 hash = await world.TransferAsync(world.Customer, token, payer, Dollars(1000_00), cancellationToken);
        console.Step(clock.GetUtcNow(), "deposit 1000.00", $"sent from an outside wallet in {hash}", good: true);
        if (!await AwaitDepositAsync(hash, cancellationToken))
            throw new CliException("The deposit is not in the books in time; chainexec doctor looks for the cause.");
    }

    private async Task<bool> AwaitDepositAsync(Hash32 hash, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < BookedWithin)
        {
            if (await FindEntryAsync(hash, cancellationToken) is { } entry)
            {
                string text = $"booked at finality; the customer's balance is {Show(entry.BalanceAfter)}";
                console.Step(entry.RecordedAt, $"deposit {Show(entry.Amount)}", text, good: true);
                return true;
            }

            await Task.Delay(Poll, clock, cancellationToken);
        }

        console.Step(clock.GetUtcNow(), "deposit", "is not in the books in time", good: false);
        return false;
    }

    private async Task<LedgerEntry?> FindEntryAsync(Hash32 hash, CancellationToken cancellationToken)
    {
        const int newest = 20;
        if (await CustomerAsync(cancellationToken) is not { } account)
            return null;
        return await client.EntriesAsync(account.Id, cancellationToken).Take(newest).FirstOrDefaultAsync(
            entry => entry.Side == "credit" && entry.Context.TryGetProperty("tx_hash", out var tx) && tx.GetString() == hash.ToString(),
            cancellationToken);
    }

    private async Task<LedgerAccount?> CustomerAsync(CancellationToken cancellationToken) => await client.AccountsAsync(cancellationToken)
        .FirstOrDefaultAsync(account => account.Kind == "liability" && account.Asset == dollar.Id, cancellationToken);

    private async Task<string> SubmitAsync(
        IntentWatch watch, string name, BigInteger amount, Address recipient, string? after, CancellationToken cancellationToken)
    {
        SubmittedIntent submitted = await client.SubmitIntentAsync(Request(name, amount, recipient, after), Key(name), cancellationToken);
        _names[submitted.Intent.Id] = name;
        watch.Add(submitted.Intent.Id);
        return submitted.Intent.Id;
    }

    private async Task<bool> RepeatAsync(string payment, CancellationToken cancellationToken)
    {
        SubmittedIntent again = await client.SubmitIntentAsync(
            Request("payment 500.00", Dollars(500_00), world.Supplier, after: null), Key("payment 500.00"), cancellationToken);
        bool same = again.Replayed && again.Intent.Id == payment;
        string text = same ? $"sent again with the same key: still {payment}" : "the repetition made another intent";
        console.Step(clock.GetUtcNow(), "payment 500.00", text, same);
        return same;
    }

    private async Task<bool> RefusedBeforeGasAsync(CancellationToken cancellationToken)
    {
        console.Chapter("A payment that the token would refuse");
        await world.BlockAsync(dollar.Contract!.Value, world.Blocked, cancellationToken);
        var watch = new IntentWatch(client, clock, Tell);
        await SubmitAsync(watch, "payment 10.00", Dollars(10_00), world.Blocked, after: null, cancellationToken);
        Intent intent = (await watch.RunAsync(FinalWithin, cancellationToken))[0];
        bool refused = intent is { Status: IntentStatus.Failed, Reason: "would_revert", Transaction: null };
        console.Step(
            clock.GetUtcNow(), "payment 10.00",
            refused ? $"nothing was signed, no gas was spent: {intent.Detail}" : $"is {intent.Status}: {intent.Detail}", refused);
        return refused;
    }

    private async Task<bool> WithoutFundsAsync(CancellationToken cancellationToken)
    {
        console.Chapter("A payment without funds");
        BigInteger available = (await CustomerAsync(cancellationToken))?.Available ?? 0;
        BigInteger amount = available + Dollars(1_00);
        string name = $"payment {Show(amount)}";
        try
        {
            SubmittedIntent submitted = await client.SubmitIntentAsync(
                Request(name, amount, world.Supplier, after: null), Key("without funds"), cancellationToken);
            console.Step(clock.GetUtcNow(), name, $"was admitted as {submitted.Intent.Id}", good: false);
            return false;
        }
        catch (ChainExecException exception) when (exception.Code == "insufficient_funds")
        {
            console.Step(clock.GetUtcNow(), name, $"refused with {exception.Status} {exception.Code}: {exception.Message}", good: true);
            return true;
        }
    }

    private SubmitIntent Request(string name, BigInteger amount, Address recipient, string? after) => new()
    {
        Chain = chain,
        Account = payer.ToString(),
        Calls =
        [
            SubmitCall.Erc20Transfer(dollar.Contract!.Value.ToString(), recipient.ToString(), amount) with
            {
                Category = name.Split(' ')[0],
                Tags = ["demo"],
                Context = new Dictionary<string, string> { ["run"] = _run },
            },
        ],
        ClientReference = $"{_run}/{name}",
        After = after is null ? null : [after],
    };

    private string Key(string name) => $"{_run}-{name.Replace(' ', '-')}";

    private void Tell(Intent intent, IntentStep step)
    {
        string text = step.Reason is null ? step.Step : $"{step.Step} ({step.Reason})";
        console.Step(step.At, _names[intent.Id], text, step.Step is not ("failed" or "orphaned"));
    }

    private BigInteger Dollars(int cents) => cents * BigInteger.Pow(10, dollar.Decimals - 2);

    private string Show(BigInteger amount) => Units.Show(amount, dollar.Decimals);
}
