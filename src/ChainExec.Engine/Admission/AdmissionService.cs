using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Ledger;
using ChainExec.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChainExec.Admission;

/// <summary>
/// Admits intents: key, account, call, hold, intent and fact in one database transaction, or nothing at all. No I/O besides the database;
/// a refusal stores nothing and does not burn the key.
/// </summary>
internal sealed class AdmissionService(
    IntentRequestReader reader, RequestStore requests, AccountStore accounts, AssetStore assets, CallStore calls, IntentStore intents,
    FreezeStore freezes, LedgerStore ledger, UnitOfWork unitOfWork, TimeProvider clock, IOptions<AdmissionOptions> options,
    IOptions<ExecutionOptions> execution)
{
    /// <param name="render">Makes the answer's body of what was admitted; it is stored and replayed word for word.</param>
    public async Task<SubmitResult> SubmitAsync(
        Caller caller, string idempotencyKey, JsonElement body, Func<Intent, IReadOnlyList<BlockchainCall>, string> render,
        CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        IntentRequest? request = reader.Read(body, errors);
        byte[] hash = CanonicalJson.Hash(body);
        try
        {
            SubmitResult result = await unitOfWork.RunAsync(
                (session, token) => AdmitAsync(session, caller, idempotencyKey, hash, request, errors, render, token),
                (session, token) => ProbeAsync(session, caller, idempotencyKey, hash, token),
                cancellationToken);
            if (result is SubmitResult.Accepted { Replayed: false })
                Boundary.Passed(Boundary.AdmissionCommitted);
            return result;
        }
        catch (NotAdmittedException refusal)
        {
            return refusal.Result;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return new SubmitResult.StillRunning();
        }
    }

    private async Task<SubmitResult> AdmitAsync(
        DbSession session, Caller caller, string key, byte[] hash, IntentRequest? request, List<FieldError> errors,
        Func<Intent, IReadOnlyList<BlockchainCall>, string> render, CancellationToken cancellationToken)
    {
        Guid owner = caller.Owner.Value;
        await requests.LockKeyAsync(session, owner, key, cancellationToken);
        if (await requests.FindAsync(session, owner, key, cancellationToken) is { } before)
            return Replay(before, hash);
        if (request is null)
            return new SubmitResult.Invalid(errors);

        CustodyAccount account = await FindAccountAsync(session, owner, request, cancellationToken);
        if (request.Calls.Count > 1)
            throw Refuse(
                "account_cannot_batch", "An externally owned account sends one call per transaction; send one intent per call.", "/calls");
        EncodedCall encoded = request.Calls[0].Call.Encode(account.Address);
        AssetSnapshot registry = await assets.SnapshotAsync(session, request.Chain.Id, cancellationToken);
        RefuseUnlisted(request.Calls[0], encoded, registry);
        await RefuseForeignDependenciesAsync(session, owner, request, cancellationToken);
        await RefuseFrozenAsync(session, owner, account, encoded, cancellationToken);

        var id = new IntentId(Guid.CreateVersion7(clock.GetUtcNow()));
        Guid? hold = await PlaceHoldAsync(session, id, account, encoded, registry, cancellationToken);
        var intent = new Intent(
            id, id, owner, request.Chain.Id, account.Id.Value, account.Address, FamilyKey(owner, request.ClientReference, key),
            request.ClientReference, IntentState.Created, Spends: hold is not null, hold, request.Deadline,
            request.MaxTotalFee ?? DefaultMaxTotalFee(), caller.Actor, RungsMax: execution.Value.RungsMax, OnRevert: request.OnRevert,
            Priority: request.Priority);
        if (!await intents.InsertAsync(session, intent, [.. request.After.Select(after => new IntentId(after))], cancellationToken))
        {
            IntentId existing = await requests.FindByFamilyAsync(session, owner, request.ClientReference!, cancellationToken);
            throw new NotAdmittedException(new SubmitResult.ReferenceUsed(existing));
        }

        BlockchainCall call = await InsertCallAsync(session, intent, request.Calls[0], encoded, cancellationToken);
        string response = render(intent, [call]);
        await requests.InsertAsync(session, owner, key, hash, id, response, cancellationToken);
        return new SubmitResult.Accepted(id, response, Replayed: false);
    }

    private static SubmitResult Replay(AdmittedRequest before, byte[] hash) =>
        before.RequestHash.AsSpan().SequenceEqual(hash)
            ? new SubmitResult.Accepted(before.Intent, before.Response, Replayed: true)
            : new SubmitResult.KeyReused(before.Intent);

    private async Task<(bool Found, SubmitResult? Outcome)> ProbeAsync(
        DbSession session, Caller caller, string key, byte[] hash, CancellationToken cancellationToken)
    {
        await requests.LockKeyAsync(session, caller.Owner.Value, key, cancellationToken);
        AdmittedRequest? before = await requests.FindAsync(session, caller.Owner.Value, key, cancellationToken);
        return before is null ? (false, null) : (true, Replay(before, hash));
    }

    private async Task<CustodyAccount> FindAccountAsync(
        DbSession session, Guid owner, IntentRequest request, CancellationToken cancellationToken)
    {
        CustodyAccount? account = request.Account switch
        {
            { Address: { } address } => await accounts.FindAsync(session, request.Chain.Id, address, cancellationToken),
            { Id: { } id } => await accounts.FindAsync(session, new AccountId(id), cancellationToken),
            _ => null,
        };
        // Another owner's account is no different from none: its existence is nobody's business.
        return account is not null && account.Owner == owner && account.Chain == request.Chain.Id
            ? account
            : throw Invalid("/account", "unknown_account", "You have no such account on this chain.");
    }

    private static void RefuseUnlisted(RequestedCall call, EncodedCall encoded, AssetSnapshot registry)
    {
        if (call.Type.Signature is not null && registry.Token(encoded.To) is null)
            throw Invalid("/calls/0/args/token", "unlisted_token", "The token is not in the asset registry of this chain.");
        if (call.Type.Signature is null && registry.Native is null)
            throw Invalid("/calls/0/type", "unlisted_asset", "The native coin is not in the asset registry of this chain.");
    }

    private async Task RefuseForeignDependenciesAsync(
        DbSession session, Guid owner, IntentRequest request, CancellationToken cancellationToken)
    {
        if (request.After.Count == 0)
            return;
        IReadOnlyList<Guid> owned = await requests.OwnedAsync(session, owner, request.After, cancellationToken);
        for (int index = 0; index < request.After.Count; index++)
        {
            if (!owned.Contains(request.After[index]))
                throw Invalid(JsonPointer.Join("/after", index), "unknown_intent", "You have no such intent.");
        }
    }

    // A halt delays and refuses nobody. Which of the addresses is frozen, and why, is the operator's business.
    private async Task RefuseFrozenAsync(
        DbSession session, Guid owner, CustodyAccount account, EncodedCall encoded, CancellationToken cancellationToken)
    {
        IReadOnlyList<Ethereum.Address> touched = FreezeGate.Touched(account.Address, [(encoded.To, encoded.Expected)]);
        Freeze? freeze = await freezes.FindAsync(session, owner, account.Id.Value, account.Chain, touched, cancellationToken);
        if (freeze is { IsHalt: false })
            throw Refuse("frozen", "The account, its owner, or an address that it would pay is frozen.", "/account");
    }

    private async Task<Guid?> PlaceHoldAsync(
        DbSession session, IntentId id, CustodyAccount account, EncodedCall encoded, AssetSnapshot registry,
        CancellationToken cancellationToken)
    {
        List<ExpectedMovement> outgoing = [.. encoded.Expected.Where(movement => movement.From == account.Address)];
        if (outgoing.Count == 0)
            return null;
        ExpectedMovement movement = outgoing.Single();
        // The native coin of such a sender is the house's: no claim of the owner's lies there, whatever it has at other accounts.
        if (movement.Contract is null && !account.NativeIsCustomerMoney)
            throw Refuse(
                "insufficient_funds", "The native coin of this account is the house's float for gas: 0 are available.",
                "/calls/0/args/amount");
        Asset asset = movement.Contract is { } contract ? registry.Token(contract)! : registry.Native!;
        var hold = new HoldId(Guid.CreateVersion7(clock.GetUtcNow()));
        HoldResult result = await ledger.PlaceHoldAsync(
            session, hold, Book.Customer(account.Owner, asset.Id), movement.Amount, $"intent:{id.Value:n}", cancellationToken);
        return result switch
        {
            HoldResult.Held held => held.Hold.Value,
            HoldResult.InsufficientFunds(var available) => throw Refuse(
                "insufficient_funds", $"{movement.Amount} {asset.Id} are asked, {available} are available.", "/calls/0/args/amount"),
            HoldResult other => throw new InvalidOperationException($"A new intent cannot have a hold already: {other}."),
        };
    }

    private async Task<BlockchainCall> InsertCallAsync(
        DbSession session, Intent intent, RequestedCall requested, EncodedCall encoded, CancellationToken cancellationToken)
    {
        var call = new BlockchainCall(
            new CallId(Guid.CreateVersion7(clock.GetUtcNow())), intent.Id.Value, Ordinal: 0, intent.Chain, requested.Type.Name,
            requested.Args,
            encoded.To, encoded.Value, encoded.Data, encoded.Expected, requested.Category, requested.Tags, requested.Context);
        await calls.InsertAsync(session, call, cancellationToken);
        return call;
    }

    private TokenAmount DefaultMaxTotalFee() =>
        TokenAmount.TryParse(options.Value.DefaultMaxTotalFee, out TokenAmount fee)
            ? fee
            : throw new InvalidOperationException("Admission:DefaultMaxTotalFee is no amount.");

    // What the client calls the payment. It survives the loss of our rows: a client that states it again after a restored backup gets the
    // family that the signer's journal knows, and not a second payment.
    private static string FamilyKey(Guid owner, string? clientReference, string idempotencyKey)
    {
        string name = clientReference is null ? $"key\n{idempotencyKey}" : $"reference\n{clientReference}";
        return "fam." + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{owner:n}\n{name}")));
    }

    private static NotAdmittedException Invalid(string pointer, string code, string message) =>
        new(new SubmitResult.Invalid([new FieldError(pointer, code, message)]));

    private static NotAdmittedException Refuse(string code, string detail, string pointer) =>
        new(new SubmitResult.Refused(code, detail, pointer));

    /// <summary>Rolls the transaction back with an answer: a refusal leaves nothing behind.</summary>
    private sealed class NotAdmittedException(SubmitResult result) : Exception
    {
        public SubmitResult Result { get; } = result;
    }
}
