using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>What a final transaction means for the intents that its slot carries, one or those of a batch.</summary>
internal sealed class MemberJudge(
    IntentStore intents, AttemptStore attempts, CallStore calls, IndexReader index, SettlementStore seen, IntentEscalation escalation,
    SlotBudget budgets, RevertStore reverts, IncidentStore incidents, IOptions<ExecutionOptions> options)
{
    /// <summary>
    /// Its transaction is final: each intent that the slot carries is judged by its share of what moved. Runs in the consumer's
    /// transaction.
    /// </summary>
    public async Task JudgeAsync(
        DbSession session, NonceSlot slot, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        AssetSnapshot assets = await index.AssetsAsync(session, transaction.Chain, cancellationToken);
        IReadOnlyList<Movement> observed = await index.MovementsAsync(session, transaction, assets, cancellationToken);
        List<Movement> moved = [.. observed.Where(movement => movement.Kind != MovementKind.Gas)];
        // A recipient that is a contract can make any number of transfers inside our transaction: the fact carries what left us, no more.
        IReadOnlySet<Address> ours = await seen.OurSendersAsync(session, transaction.Chain, moved, cancellationToken);
        List<Movement> spent = [.. moved.Where(movement => ours.Contains(movement.From))];
        Intent[] members = [.. (await intents.MembersAsync(session, slot.Carrier!.Value, cancellationToken))
            .OrderBy(member => member.Root.Value)];
        ILookup<Guid, BlockchainCall> made = (await calls.OfIntentsAsync(
            session, [.. members.Select(member => member.Root.Value)], cancellationToken)).ToLookup(call => call.Intent);
        Carrier carrier = (await attempts.FindCarrierAsync(session, slot.Carrier!.Value, cancellationToken))!;
        bool isWhole = carrier.Families.All(family => members.Any(member => member.FamilyKey == family));
        IReadOnlyList<MovementShare> shares = MovementShares.OfSpent(
            [.. members.Select(member => made[member.Root.Value].SelectMany(call => call.Expected).ToArray())], moved, spent, assets,
            isWhole);
        var steps = new List<IntentStep>();
        foreach ((Intent intent, MovementShare share) in members.Zip(shares))
        {
            bool isPaid = transaction.Succeeded && share.Verdict != Verdict.None;
            if (IntentLifecycle.Table.IsFinal(intent.State) && isPaid != (intent.State == IntentState.Confirmed))
                await TellDiffersAsync(session, intent, transaction, cancellationToken);
            // Also when our own signature is not known: what was adopted happened all the same.
            if (intent.State is not (IntentState.Included or IntentState.Executing or IntentState.Signing or IntentState.Cancelling))
                continue;
            if (!transaction.Succeeded)
                await reverts.InsertAsync(session, slot, intent.Root, transaction, cancellationToken);
            if (!transaction.Succeeded && IsDissolved(intent, carrier))
            {
                steps.Add(Dissolved(
                    intent, actor, "batch_reverted", "The batch that carried it reverted, whosever call it was; it goes on alone.",
                    transaction));
                continue;
            }

            if (!transaction.Succeeded && await RetriesAsync(session, intent, transaction, actor, cancellationToken))
                continue;
            (IntentEvent happened, string? reason, string? detail) = transaction.Succeeded
                ? IntentJudge.OfSuccess(share.Verdict)
                : (IntentEvent.FinalReverted, "reverted", "The transaction reverted on chain.");
            steps.Add(new IntentStep(
                intent, happened,
                new IntentMove(actor, reason, detail, transaction, transaction, share.Movements)));
        }

        await intents.MoveManyAsync(session, steps, cancellationToken);
        // Its batch had ended without it, and the chain took that back: it may be paid a second time, alone.
        IReadOnlyList<Intent> everybody = transaction.Succeeded
            ? await intents.EveryMemberAsync(session, carrier.Id, cancellationToken)
            : [];
        foreach (Intent left in everybody.Where(one => members.All(member => member.Id != one.Id)))
            await TellDiffersAsync(session, left, transaction, cancellationToken);
    }

    /// <summary>Whether it is one of several that nobody told to end: what befell the batch is not known to be its doing.</summary>
    public static bool IsDissolved(Intent intent, Carrier carrier) =>
        carrier.IsShared && intent.Wish is null && IntentLifecycle.Table.Allows(intent.State, IntentEvent.BatchDissolved);

    /// <summary>Its batch ended for ever without an effect, and it goes on alone.</summary>
    public static IntentStep Dissolved(Intent intent, string actor, string reason, string detail, ChainTransaction transaction) =>
        new(intent, IntentEvent.BatchDissolved, new IntentMove(actor, reason, detail, transaction, transaction));

    /// <summary>What was told of it cannot be taken back: after a settlement was undone the chain may decide otherwise.</summary>
    public Task TellDiffersAsync(DbSession session, Intent intent, ChainTransaction transaction, CancellationToken cancellationToken) =>
        incidents.OpenAsync(
            session, "settlement_differs", $"{intent.Id}:{transaction.TxHash}", transaction.Chain, transaction.From,
            $"{intent.Id} was told as {EnumText.Of(intent.State)}, and its nonce {transaction.Nonce} is final with {transaction.TxHash}, "
            + $"which {(transaction.Succeeded ? "succeeded" : "reverted")}.",
            transaction, cancellationToken);

    private async Task<bool> RetriesAsync(
        DbSession session, Intent intent, ChainTransaction transaction, string actor, CancellationToken cancellationToken)
    {
        if (intent is not { OnRevert: RevertPolicy.Retry, State: IntentState.Included, Wish: null }
            || intent.Generation >= options.Value.GenerationsMax)
            return false;

        // A child that could not pay even what this attempt did would only wait.
        TokenAmount left = await budgets.LeftAsync(session, intent, cancellationToken);
        if (left < transaction.Fee())
            return false;
        var move = new IntentMove(
            actor, "reverted", "The transaction reverted on chain; by its policy it is tried again.", transaction, transaction);
        await intents.MoveAsync(session, intent, IntentEvent.RevertRetried, move, cancellationToken);
        await escalation.RetryAsync(session, intent, actor, cancellationToken);
        return true;
    }
}
