using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Resolves nonces that were consumed without a transaction: by an EIP-7702 authorization, or by a CREATE of delegated code. Only a quorum
/// of providers that put the account's nonce above the slot at a final block of ours, and know none of our hashes, resolves one.
/// </summary>
internal sealed partial class ConsumptionWorker(
    ConsumptionStore store, NonceWitness witness, ConsumptionCause cause, SlotStore slots, AttemptStore attempts,
    SlotSettlement settlement, JournalSync journal,
    IncidentStore incidents, ChainDirectory chains, ProviderTrust trust, UnitOfWork unitOfWork, TimeProvider clock,
    IOptions<ExecutionOptions> options,
    ILogger<ConsumptionWorker> logger) : IWorker
{
    private const string Actor = "worker:consumption";
    private const string UncheckedIncident = "consumption_unchecked";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private DateTimeOffset _nextLook = DateTimeOffset.MinValue;

    public string Name => "execution.consumption";

    public TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(250);

    public async Task<int> RunTurnAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (now < _nextLook)
            return 0;
        _nextLook = now + Pause;
        IReadOnlyList<ConsumptionSuspect> suspects = await unitOfWork.RunAsync(
            (session, token) => store.SuspectsAsync(session, options.Value.BatchSizeMax, token), cancellationToken);
        foreach (ConsumptionSuspect suspect in suspects)
        {
            try
            {
                await CheckAsync(suspect, cancellationToken);
            }
            catch (StaleWriteException)
            {
                // The index or another worker moved the slot first; its word stands.
                LogMovedElsewhere(suspect.Slot.Id);
            }
            catch (Exception exception) when (exception is not OperationCanceledException && !UnitOfWork.IsDatabaseFault(exception))
            {
                // A bug with one slot, or a chain that is configured no more, must not end the look at the others.
                await TellAsync(suspect, exception);
            }
        }

        return suspects.Count;
    }

    private async Task CheckAsync(ConsumptionSuspect suspect, CancellationToken cancellationToken)
    {
        NonceSlot slot = suspect.Slot;
        ChainProfile chain = chains.Get(slot.Chain);
        IReadOnlyList<NonceAnswer> answers = await witness.AskAsync(
            chain, slot.Sender, suspect.FinalNumber, suspect.FinalHash, cancellationToken);
        HashSet<string> above = [.. answers.Where(answer => answer.Nonce > slot.Nonce).Select(answer => answer.Provider)];
        int agreeing = above.Count < chain.FinalityQuorum ? 0 : await WithoutOursAsync(chain, slot, above, cancellationToken);
        bool isConsumed = agreeing >= chain.FinalityQuorum;
        ConsumptionFinding? found = isConsumed ? await FindCauseAsync(chain, suspect, cancellationToken) : null;
        await unitOfWork.RunAsync(
            async (session, token) =>
            {
                await store.NoteAsync(session, suspect, string.Join("; ", answers), token);
                await incidents.CloseAsync(session, UncheckedIncident, $"{slot.Id}", token);
                if (found is not null)
                    await ResolveAsync(session, suspect, answers, found, token);
            },
            cancellationToken);
    }

    private async Task<ConsumptionFinding> FindCauseAsync(
        ChainProfile chain, ConsumptionSuspect suspect, CancellationToken cancellationToken)
    {
        long known = await unitOfWork.RunAsync(
            (session, token) => store.BoundAtAsync(session, suspect.Slot, token), cancellationToken);
        return await cause.FindAsync(chain, suspect.Slot, Math.Min(known, suspect.FinalNumber - 1), suspect.FinalNumber, cancellationToken);
    }

    // A provider that knows a receipt of one of our hashes says that the nonce was used by us: it does not count, nor does one that is
    // silent.
    private async Task<int> WithoutOursAsync(
        ChainProfile chain, NonceSlot slot, IReadOnlySet<string> providers, CancellationToken cancellationToken)
    {
        IReadOnlyList<Rung> rungs = await unitOfWork.RunAsync(
            (session, token) => attempts.AllRungsAsync(session, slot.Id, token), cancellationToken);
        Hash32[] hashes = [.. rungs.Where(rung => rung.Attempt.IsSigned).Select(rung => rung.Attempt.TxHash!.Value)];
        bool[] without = await Task.WhenAll(
            (await trust.BelievedAsync(chain, cancellationToken)).Where(provider => providers.Contains(provider.Name))
                .Select(provider => KnowsNoneAsync(provider.Client, hashes, cancellationToken)));
        return without.Count(known => known);
    }

    private static async Task<bool> KnowsNoneAsync(RpcClient provider, IReadOnlyList<Hash32> hashes, CancellationToken cancellationToken)
    {
        try
        {
            foreach (Hash32 hash in hashes)
            {
                if (await provider.GetTransactionReceiptAsync(hash, cancellationToken) is not null)
                    return false;
            }

            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private async Task ResolveAsync(
        DbSession session, ConsumptionSuspect suspect, IReadOnlyList<NonceAnswer> answers, ConsumptionFinding found,
        CancellationToken cancellationToken)
    {
        await journal.RequireSameDatabaseAsync(session, cancellationToken);
        NonceSlot? slot = await slots.FindAsync(
            session, suspect.Slot.Chain, suspect.Slot.Sender, suspect.Slot.Nonce, cancellationToken);
        if (slot is null || !SlotLifecycle.Table.Allows(slot.State, SlotEvent.ConsumedWithoutTransaction)
            || !await store.IsWithoutTransactionAsync(session, suspect, cancellationToken))
            return;
        var evidence = new { cause = found.Kind, found, suspect.FinalNumber, suspect.FinalHash, answers };
        string detail = $"Nonce {slot.Nonce} of {slot.Sender} was consumed without a transaction, by block {suspect.FinalNumber}, "
            + "which is final.";
        await settlement.ConsumeAsync(
            session, slot,
            new SlotChange(
                Actor, NextStepIn: null, evidence, $"consumed_by_{found.Kind}", BlockHash: suspect.FinalHash,
                BlockNumber: suspect.FinalNumber),
            detail, cancellationToken);
        await incidents.OpenAsync(
            session, "nonce_consumed", $"{slot.Id}", slot.Chain, slot.Sender,
            $"{detail} Nobody but its key, or code that it delegates to, can do that. {found.Describe()}", evidence, cancellationToken);
    }

    // Noted as asked, so that it waits for the next final block and takes no other's place in the batch.
    private Task TellAsync(ConsumptionSuspect suspect, Exception exception) =>
        unitOfWork.RunAsync(
            async (session, token) =>
            {
                NonceSlot slot = suspect.Slot;
                string error = $"{exception.GetType().Name}: {exception.Message}";
                await store.NoteAsync(session, suspect, error, token);
                await incidents.OpenAsync(
                    session, UncheckedIncident, $"{slot.Id}", slot.Chain, slot.Sender,
                    $"Whether nonce {slot.Nonce} of {slot.Sender} was consumed cannot be asked: {error}", new { suspect.FinalNumber },
                    token);
            },
            CancellationToken.None);

    [LoggerMessage(
        EventId = 3602, Level = LogLevel.Information, Message = "Slot {Slot} moved before its consumption was decided; it is read again")]
    private partial void LogMovedElsewhere(Guid slot);
}
