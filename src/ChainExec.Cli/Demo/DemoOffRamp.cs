using System.Net.Http.Json;
using System.Numerics;
using System.Text.Json;
using ChainExec.Cli.Admin;
using ChainExec.Flows;
using ChainExec.Ledger;

namespace ChainExec.Cli.Demo;

/// <summary>
/// One off-ramp with instant deposit, from the customer's coins at the exchange to the bank's dollars that pay for what was lent; days are
/// seconds.
/// </summary>
internal sealed class DemoOffRamp(EngineAccess engine, HttpMessageInvoker http, Uri sandbox, DemoConsole console, TimeProvider clock)
{
    private const string Dollar = "usd";
    private const int CentDigits = 2;
    private const int FlowsMax = 20;
    private const long Coins = 2_500_000_000;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether it settled and the books balance.</summary>
    public async Task<bool> RunAsync(Guid owner, CancellationToken cancellationToken)
    {
        console.Chapter("An off-ramp with instant deposit: the sandbox's exchange and bank, with the days of ACH in seconds");
        BigInteger banked = await BalanceAsync(Book.Bank(Dollar), cancellationToken);
        string deposit = await DepositAsync(owner, cancellationToken);
        console.Say($"the customer's {Units.Show(Coins, 6)} USDC are at the exchange: deposit {deposit}");
        FlowView lent = await UntilAsync(owner, deposit, "credit_in_full", "the coins to be sold", cancellationToken);
        BigInteger owed = await BalanceAsync(Book.Receivable(owner, Dollar), cancellationToken);
        console.Say($"sold; the customer has the dollars, and we wait for them: {Units.Show(owed, CentDigits)} USD are lent");
        Show(lent);
        FlowView settled = await UntilAsync(owner, deposit, "credit_returned", "the bank's dollars", cancellationToken);
        BigInteger came = await BalanceAsync(Book.Bank(Dollar), cancellationToken) - banked;
        console.Say(
            $"settled: {Units.Show(came, CentDigits)} USD came and paid fee and principal; the bank may take them back for 60 days");
        Show(settled);
        return await BalancesAsync(owner, came, cancellationToken);
    }

    private static void Show(FlowView flow)
    {
        Console.Out.WriteLine();
        Console.Out.WriteLine($"$ chainexec flow show {flow.Id}");
        Console.Out.WriteLine(FlowText.Of(flow));
    }

    private async Task<bool> BalancesAsync(Guid owner, BigInteger came, CancellationToken cancellationToken)
    {
        AccountSpec[] shown =
        [
            Book.Bank(Dollar), Book.Customer(owner, Dollar), Book.FeeIncome(Dollar), Book.Receivable(owner, Dollar),
            Book.InTransit("exchange", Dollar), Book.CustomerPending(owner, Dollar), Book.CreditLine(owner, Dollar),
        ];
        var rows = new List<IReadOnlyList<string>>();
        foreach (AccountSpec account in shown)
            rows.Add([account.Code, Units.Show(await BalanceAsync(account, cancellationToken), CentDigits)]);
        Output.WriteTable(["account", ">balance"], rows);
        IReadOnlyList<TrialBalanceRow> book = await engine.Get<LedgerQueries>().TrialBalanceAsync(owner: null, 10_000, cancellationToken);
        BigInteger difference = book.Where(row => row.Asset == Dollar)
            .Aggregate(BigInteger.Zero, (sum, row) => sum + row.Debits.BaseUnits - row.Credits.BaseUnits);
        BigInteger inTruth = await BankedInTruthAsync(cancellationToken);
        Console.Out.WriteLine();
        console.Verdict(
            difference.IsZero ? "Debits equal credits." : $"Debits and credits differ by {difference}.", difference.IsZero);
        bool equal = came > 0 && came == inTruth;
        console.Verdict(equal ? "Difference between books and the sandbox's bank: 0" : "The books and the bank differ.", equal);
        return difference.IsZero && equal && (await engine.Get<LedgerQueries>().DisagreementsAsync(cancellationToken)).Count == 0;
    }

    private async Task<FlowView> UntilAsync(
        Guid owner, string deposit, string rule, string what, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < Within)
        {
            FlowSummary? flow = (await engine.Get<FlowQueries>().ListAsync(owner, before: null, FlowsMax, cancellationToken))
                .FirstOrDefault(each => each.Key == $"off_ramp:{deposit}");
            if (flow is not null && await engine.Get<FlowQueries>().FindAsync(owner, flow.Id, cancellationToken) is { } view
                && view.Rules.Any(each => each.Name == rule && each.State == "waiting"))
                return view;
            await Task.Delay(Poll, clock, cancellationToken);
        }

        throw new CliException($"The flow of deposit {deposit} waited {Within.TotalSeconds} s in vain for {what}.");
    }

    private async Task<string> DepositAsync(Guid owner, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(sandbox, "/exchange/deposits"));
        request.Content = JsonContent.Create(new { owner, asset = "usdc", amount = $"{Coins}" });
        return (await AskAsync(request, cancellationToken)).GetProperty("id").GetString()!;
    }

    private async Task<BigInteger> BankedInTruthAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sandbox, "/truth"));
        return (await AskAsync(request, cancellationToken)).GetProperty("credits").EnumerateArray()
            .Aggregate(BigInteger.Zero, (sum, credit) => sum + BigInteger.Parse(
                credit.GetProperty("amount").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task<JsonElement> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await http.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
            return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new CliException($"The sandbox does not answer: {exception.Message}");
        }
    }

    private async Task<BigInteger> BalanceAsync(AccountSpec account, CancellationToken cancellationToken) =>
        (await engine.Get<LedgerQueries>().FindAccountAsync(account.Code, cancellationToken))?.Balance.BaseUnits ?? BigInteger.Zero;
}
