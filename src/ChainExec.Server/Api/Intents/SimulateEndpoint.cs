using System.Text.Json;
using ChainExec.Admission;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Ledger;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Server.Api.Intents;

/// <summary><c>POST /v1/intents/simulate</c>: the body of a submission, answered by what it would do. Reads only.</summary>
internal sealed class SimulateEndpoint(
    IntentRequestReader reader, AccountStore accounts, AssetStore assets, LedgerQueries ledger, Preflight preflight, UnitOfWork unitOfWork,
    IOptions<AdmissionOptions> admission)
{
    /// <summary>Simulates. A chain whose nodes are all down is a problem that names itself, not a failed simulation.</summary>
    public async Task<IResult> HandleAsync(HttpContext context, CancellationToken cancellationToken)
    {
        (JsonElement body, Problem? problem) = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (problem is not null)
            return problem;
        var errors = new List<FieldError>();
        if (reader.Read(body, errors) is not { } request)
            return Problem.OfFields(errors);

        Guid owner = context.Caller().Owner.Value;
        if (await FindAccountAsync(owner, request, cancellationToken) is not { } account)
            return Problem.OfFields([new FieldError("/account", "unknown_account", "You have no such account on this chain.")]);
        if (request.Calls.Count > 1)
            return new Problem(ProblemCode.Refused("account_cannot_batch"), "One call is simulated at a time.");
        EncodedCall call = request.Calls[0].Call.Encode(account.Address);
        AssetSnapshot registry = await assets.SnapshotAsync(request.Chain.Id, cancellationToken);
        if (Unlisted(request.Calls[0], call, registry) is { } unlisted)
            return Problem.OfFields([unlisted]);

        FundsBody? funds = await FundsAsync(owner, account, call, registry, cancellationToken);
        PreflightResult result = await preflight.RunAsync(
            request.Chain, account.Address, call.To, call.Value, call.Data, cancellationToken);
        ForecastMovementBody[] movements = [.. call.Expected.Select(expected => new ForecastMovementBody(
            AssetOf(expected, registry).Id, expected.Contract, expected.From, expected.To, expected.Amount))];
        return Results.Json(Judge(result, request.MaxTotalFee ?? admission.Value.DefaultFee(), movements, funds), ApiJson.Options);
    }

    private static SimulationBody Judge(
        PreflightResult result, TokenAmount budget, IReadOnlyList<ForecastMovementBody> movements, FundsBody? funds)
    {
        (string? reason, string? detail, RevertBody? revert, FeeBody? fee) = result switch
        {
            PreflightResult.WouldRevert(var kind, var message) => ("would_revert", message, new RevertBody(kind, message), (FeeBody?)null),
            PreflightResult.WouldHaveNoEffect(var message) => ("no_effect", message, null, null),
            PreflightResult.MarketAboveCap => ("fees_above_cap", "The fee market is above the cap that is ever signed.", null, null),
            PreflightResult.CannotPay(var message) => ("sender_empty", message, null, null),
            PreflightResult.Ready ready => JudgeFee(ready, budget),
            _ => throw new InvalidOperationException($"Unhandled {result}."),
        };
        // The books are asked first at admission, so their refusal is the one that a submission would get.
        if (funds is { Sufficient: false })
            (reason, detail) = ("insufficient_funds", $"{funds.Needed} {funds.Asset} are asked, {funds.Available} are available.");
        return new SimulationBody(reason is null, reason, detail, revert, movements, fee, funds);
    }

    private static (string? Reason, string? Detail, RevertBody? Revert, FeeBody? Fee) JudgeFee(
        PreflightResult.Ready ready, TokenAmount budget)
    {
        var fee = new FeeBody(
            ready.GasLimit, ready.Fees.MaxFeePerGas, ready.Fees.MaxPriorityFeePerGas, ready.DataFee, ready.MaxFee, budget);
        return ready.MaxFee > budget
            ? ("over_budget", $"It may cost {ready.MaxFee} wei; max_total_fee is {budget}.", null, fee)
            : (null, null, null, fee);
    }

    private Task<CustodyAccount?> FindAccountAsync(Guid owner, IntentRequest request, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                CustodyAccount? account = request.Account switch
                {
                    { Address: { } address } => await accounts.FindAsync(session, request.Chain.Id, address, token),
                    { Id: { } id } => await accounts.FindAsync(session, new AccountId(id), token),
                    _ => null,
                };
                return account?.Owner == owner && account.Chain == request.Chain.Id ? account : null;
            },
            cancellationToken);

    private static FieldError? Unlisted(RequestedCall requested, EncodedCall call, AssetSnapshot registry)
    {
        if (requested.Type.Signature is not null && registry.Token(call.To) is null)
            return new FieldError("/calls/0/args/token", "unlisted_token", "The token is not in the asset registry of this chain.");
        return requested.Type.Signature is null && registry.Native is null
            ? new FieldError("/calls/0/type", "unlisted_asset", "The native coin is not in the asset registry of this chain.")
            : null;
    }

    private async Task<FundsBody?> FundsAsync(
        Guid owner, CustodyAccount account, EncodedCall call, AssetSnapshot registry, CancellationToken cancellationToken)
    {
        if (call.Expected.SingleOrDefault(movement => movement.From == account.Address) is not { } outgoing)
            return null;
        Asset asset = AssetOf(outgoing, registry);
        LedgerAccount? customer = await ledger.FindAccountAsync(Book.Customer(owner, asset.Id).Code, cancellationToken);
        SignedAmount available = customer?.Available ?? SignedAmount.Zero;
        return new FundsBody(asset.Id, outgoing.Amount, available, available >= outgoing.Amount);
    }

    private static Asset AssetOf(ExpectedMovement movement, AssetSnapshot registry) =>
        movement.Contract is { } contract ? registry.Token(contract)! : registry.Native!;
}
