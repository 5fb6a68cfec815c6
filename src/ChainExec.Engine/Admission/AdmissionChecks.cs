using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Ledger;
using Microsoft.Extensions.Options;

namespace ChainExec.Admission;

/// <summary>
/// Every reason for which a well-formed request is not admitted, each once, in the order in which they are asked: what needs nothing but
/// the request first, what takes money and the payment's name last. The first objection is the answer.
/// </summary>
internal sealed class AdmissionChecks
{
    private const string HouseFloat = "The native coin of this account is the house's float for gas: 0 are available.";

    private readonly AccountStore _accounts;
    private readonly AssetStore _assets;
    private readonly RequestStore _requests;
    private readonly FreezeStore _freezes;
    private readonly LedgerStore _ledger;
    private readonly IntentStore _intents;
    private readonly SenderPool _pool;
    private readonly TimeProvider _clock;
    private readonly AdmissionOptions _options;
    private readonly ExecutionOptions _execution;

    public AdmissionChecks(
        AccountStore accounts, AssetStore assets, RequestStore requests, FreezeStore freezes, LedgerStore ledger, IntentStore intents,
        SenderPool pool, TimeProvider clock, IOptions<AdmissionOptions> options, IOptions<ExecutionOptions> execution)
    {
        (_accounts, _assets, _requests, _freezes, _ledger, _intents) = (accounts, assets, requests, freezes, ledger, intents);
        (_pool, _clock, _options, _execution) = (pool, clock, options.Value, execution.Value);
        All =
        [
            new("chain_batches", "account_cannot_batch", AdmissionCost.Request, AdmissionAnswer.Refused,
                "the number of calls and the chain", ChainBatchesAsync),
            new("account_is_callers", "unknown_account", AdmissionCost.Lookup, AdmissionAnswer.Invalid, "the account directory",
                AccountAsync),
            new("account_batches", "account_does_not_batch", AdmissionCost.Lookup, AdmissionAnswer.Refused,
                "the number of calls and the account", AccountBatchesAsync),
            new("calls_are_of_one_token", "calls_cannot_share", AdmissionCost.Lookup, AdmissionAnswer.Refused, "what the calls move",
                OneTokenAsync),
            new("token_is_listed", "unlisted_token", AdmissionCost.Lookup, AdmissionAnswer.Invalid, "the chain's assets", TokenAsync),
            new("coin_is_listed", "unlisted_asset", AdmissionCost.Lookup, AdmissionAnswer.Invalid, "the chain's assets", CoinAsync),
            new("dependencies_are_callers", "unknown_intent", AdmissionCost.Search, AdmissionAnswer.Invalid, "intents of the caller",
                DependenciesAsync),
            new("name_is_not_frozen", "account_frozen", AdmissionCost.Search, AdmissionAnswer.Refused,
                "open freezes of an account with a pool", NameFrozenAsync),
            new("pool_has_a_sender", "no_sender", AdmissionCost.Search, AdmissionAnswer.Refused,
                "money, work and health of the account's pool; draws the sender", SenderAsync),
            new("nothing_is_frozen", "frozen", AdmissionCost.Search, AdmissionAnswer.Refused, "open freezes", FrozenAsync),
            new("money_is_held", "insufficient_funds", AdmissionCost.Claim, AdmissionAnswer.Refused, "the ledger; places the hold",
                MoneyAsync),
            new("name_is_free", "client_reference_used", AdmissionCost.Claim, AdmissionAnswer.ReferenceUsed,
                "intents of the caller; inserts this one", NameAsync),
        ];
    }

    /// <summary>In order.</summary>
    public IReadOnlyList<AdmissionCheck> All { get; }

    private static Task<Objection?> ChainBatchesAsync(Candidate candidate, CancellationToken cancellationToken) =>
        Objects(
            candidate.Request.Calls.Count > 1 && candidate.Request.Chain.BatchDelegates.Count == 0, "/calls",
            "Accounts on this chain send one call per transaction; send one intent per call.");

    private static Task<Objection?> AccountBatchesAsync(Candidate candidate, CancellationToken cancellationToken) =>
        Objects(
            candidate.Request.Calls.Count > 1 && !candidate.Account.Batches, "/calls",
            "This account sends one call per transaction, because it does not batch; send one intent per call.");

    // Native coin inside a transaction is in no log, by which alone an intent is judged; and an intent has one hold.
    private static Task<Objection?> OneTokenAsync(Candidate candidate, CancellationToken cancellationToken) =>
        Objects(
            candidate.Request.Calls.Count > 1
                && (candidate.Encoded.Any(call => !call.Value.IsZero)
                    || candidate.Spending.Any(movement => movement.Contract is null)
                    || candidate.Spending.Select(movement => movement.Contract).Distinct().Count() > 1), "/calls",
            "The calls of one intent move one token; native coin and other tokens go in intents of their own.");

    private async Task<Objection?> AccountAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        IntentRequest request = candidate.Request;
        CustodyAccount? account = request.Account switch
        {
            { Address: { } address } => await _accounts.FindAsync(candidate.Session, request.Chain.Id, address, cancellationToken),
            { Id: { } id } => await _accounts.FindAsync(candidate.Session, new AccountId(id), cancellationToken),
            _ => null,
        };

        // Another owner's account is no different from none: its existence is nobody's business.
        if (account is null || account.Owner != candidate.Owner || account.Chain != request.Chain.Id)
            return new Objection("/account", "You have no such account on this chain.");
        candidate.Account = account;
        return null;
    }

    private async Task<Objection?> TokenAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        candidate.Registry = await _assets.SnapshotAsync(candidate.Session, candidate.Request.Chain.Id, cancellationToken);
        int listed = candidate.Request.Calls.Zip(candidate.Encoded)
            .TakeWhile(call => call.First.Type.Signature is null || candidate.Registry.Token(call.Second.To) is not null).Count();
        return listed == candidate.Encoded.Count
            ? null
            : new Objection($"/calls/{listed}/args/token", "The token is not in the asset registry of this chain.");
    }

    private static Task<Objection?> CoinAsync(Candidate candidate, CancellationToken cancellationToken) =>
        Objects(
            candidate.Request.Calls.Any(call => call.Type.Signature is null) && candidate.Registry.Native is null, "/calls/0/type",
            "The native coin is not in the asset registry of this chain.");

    private async Task<Objection?> DependenciesAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        IReadOnlyList<Guid> after = candidate.Request.After;
        if (after.Count == 0)
            return null;
        IReadOnlyList<Guid> owned = await _requests.OwnedAsync(candidate.Session, candidate.Owner, after, cancellationToken);
        int foreign = after.TakeWhile(owned.Contains).Count();
        return foreign == after.Count ? null : new Objection(JsonPointer.Join("/after", foreign), "You have no such intent.");
    }

    // Whose address is frozen is passed over; whose name is, pays nothing, through nobody.
    private async Task<Objection?> NameFrozenAsync(Candidate candidate, CancellationToken cancellationToken) =>
        candidate.Account.HasPool
            && await _freezes.FindAsync(
                candidate.Session,
                new FreezeQuestion(candidate.Owner, [candidate.Account.Id.Value], candidate.Account.Chain, []), cancellationToken)
                is { IsHalt: false }
            ? new Objection("/account", "The account or its owner is frozen.")
            : null;

    private async Task<Objection?> SenderAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        if (!candidate.Account.HasPool)
        {
            await _pool.LockFrontAsync(candidate.Session, candidate.Account, cancellationToken);
            return null;
        }

        // What spends nothing changes the sender itself: an allowance would lie at an address that nobody chose.
        if (candidate.Spent is not { } spent)
            return new Objection("/account", "Only payments are drawn for; name the address of the pool that this is about.");
        if (ClaimOn(candidate, spent) is not { } claim)
            return Short(HouseFloat);
        if (await _pool.DrawAsync(candidate, claim, spent, cancellationToken) is not { } drawn)
            return new Objection("/account", "No single address of the account's pool holds that much that is not spoken for.");
        (candidate.Front, candidate.Account) = (candidate.Account, drawn);
        return null;
    }

    // A halt delays and refuses nobody. Which of the addresses is frozen, and why, is the operator's business.
    private async Task<Objection?> FrozenAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        Freeze? freeze = await _freezes.FindAsync(candidate.Session, QuestionOf(candidate), cancellationToken);
        return freeze is { IsHalt: false }
            ? new Objection("/account", "The account, its owner, or an address that it would pay is frozen.")
            : null;
    }

    /// <summary>Whom a candidate concerns, as far as freezes go.</summary>
    internal static FreezeQuestion QuestionOf(Candidate candidate) => new(
        candidate.Owner, [candidate.Account.Id.Value], candidate.Account.Chain,
        FreezeGate.Touched(
            candidate.Account.Address,
            candidate.Request.Calls.Zip(candidate.Encoded, (asked, call) => (call.To, call.Expected, asked.Args))));

    private async Task<Objection?> MoneyAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        if (candidate.Spent is not { } spent)
            return null;

        if (ClaimOn(candidate, spent) is not { } claim)
            return Short(HouseFloat);
        candidate.Hold = NewId();
        HoldResult result = await _ledger.PlaceHoldAsync(
            candidate.Session, new HoldId(candidate.Hold.Value), claim, spent.Amount,
            candidate.Work, cancellationToken);
        return result switch
        {
            HoldResult.Held => null,
            HoldResult.InsufficientFunds(var available) =>
                Short($"{spent.Amount} {claim.Asset} are asked, {available} are available."),
            HoldResult other => throw new InvalidOperationException($"A new intent cannot have a hold already: {other}."),
        };
    }

    private async Task<Objection?> NameAsync(Candidate candidate, CancellationToken cancellationToken)
    {
        Intent intent = IntentOf(candidate);
        if (!await _intents.InsertAsync(
            candidate.Session, intent, [.. candidate.Request.After.Select(after => new IntentId(after))], cancellationToken))
            return new Objection("/client_reference", "The client reference was used before; it is unique for ever.");
        candidate.Intent = intent;
        return null;
    }

    /// <summary>
    /// The account in the books from which a movement is paid. Nothing for the native coin of a sender whose float is the house's: no claim
    /// of the owner's lies there, whatever it has at other accounts.
    /// </summary>
    internal AccountSpec? ClaimOn(Candidate candidate, ExpectedMovement spent)
    {
        CustodyAccount account = candidate.Account;
        return spent.Contract is null && !account.NativeIsCustomerMoney
            ? null
            : Book.Customer(account.Owner, candidate.AssetOf(spent).Id);
    }

    /// <summary>The intent that an admitted request becomes.</summary>
    internal Intent IntentOf(Candidate candidate)
    {
        IntentRequest request = candidate.Request;
        return new Intent(
            candidate.Id, candidate.Id, candidate.Owner, request.Chain.Id, candidate.Account.Id.Value, candidate.Account.Address,
            candidate.FamilyKey, request.ClientReference, IntentState.Created, Spends: candidate.Hold is not null, candidate.Hold,
            request.Deadline, request.MaxTotalFee ?? _options.DefaultFee(), candidate.Caller.Actor, RungsMax: _execution.RungsMax,
            OnRevert: request.OnRevert, Priority: request.Priority,
            Shares: request.Shares, Front: candidate.Front?.Id.Value);
    }

    private static Objection Short(string detail) => new("/calls/0/args/amount", detail);

    private static Task<Objection?> Objects(bool isTrue, string pointer, string detail) =>
        Task.FromResult(isTrue ? new Objection(pointer, detail) : null);

    private Guid NewId() => Guid.CreateVersion7(_clock.GetUtcNow());
}
