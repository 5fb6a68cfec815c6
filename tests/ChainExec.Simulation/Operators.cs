using System.Globalization;
using ChainExec.Admission;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Simulation;

/// <summary>What operators and clients decide while payments are on their way: freezes, halts, thaws, cancellations and the verbs of
/// operators.</summary>
internal sealed class Operators(World world, IReadOnlyList<Payment> payments, Random random, RunReport report)
{
    private const string Actor = "simulation";

    public async Task FreezeOrThawAsync(CancellationToken cancellationToken)
    {
        int which = random.Next(3);
        Sender sender = world.Senders[random.Next(world.Senders.Count)];
        (FreezeScope scope, string subject) = which switch
        {
            0 => (FreezeScope.Account, FreezeStore.SubjectOf(sender.Account.Id.Value)),
            1 => (FreezeScope.Address, FreezeStore.SubjectOf(Payment.RecipientOf(random.Next(Math.Max(payments.Count, 1))))),
            _ => (FreezeScope.Chain, FreezeStore.SubjectOf((long)world.Simulated.Options.ChainId)),
        };
        bool thaws = random.Next(5) < 3;
        if (thaws && await ThawAsync(cancellationToken) > 0)
            return;
        await world.Get<UnitOfWork>().RunAsync(
            (session, token) => world.Get<FreezeStore>().FreezeAsync(session, scope, subject, "drill", Actor, token), cancellationToken);
        report.Count("freezes");
        report.Note($"freeze {scope}");
    }

    /// <summary>Lifts everything.</summary>
    public async Task<int> ThawAsync(CancellationToken cancellationToken)
    {
        FreezeStore store = world.Get<FreezeStore>();
        int lifted = await world.Get<UnitOfWork>().RunAsync(
            async (session, token) =>
            {
                IReadOnlyList<Freeze> open = await store.OpenOnesAsync(session, limit: 100, token);
                foreach (Freeze freeze in open)
                    await store.LiftAsync(session, freeze.Scope, freeze.Subject, Actor, token);
                return open.Count;
            },
            cancellationToken);
        if (lifted > 0)
            report.Note($"thaw {lifted}");
        return lifted;
    }

    /// <summary>Binds nothing new for the first sender until it is resumed.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => PauseAsync(world.Senders[0], cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => ResumeAsync(world.Senders[0], cancellationToken);

    public async Task ResumeAllAsync(CancellationToken cancellationToken)
    {
        foreach (Sender sender in world.Senders)
            await ResumeAsync(sender, cancellationToken);
    }

    /// <summary>One of the verbs of operators, of anything that there is. What is refused is no fault: refusing is promised.</summary>
    public Task ActAsync(Random drawn, CancellationToken cancellationToken) => drawn.Next(10) switch
    {
        < 4 => RetryAsync(drawn, cancellationToken),
        < 6 => FillAsync(drawn, cancellationToken),
        < 7 => AdoptAsync(drawn, cancellationToken),
        < 8 => PauseAsync(world.Senders[drawn.Next(world.Senders.Count)], cancellationToken),
        _ => ResumeAllAsync(cancellationToken),
    };

    private async Task RetryAsync(Random drawn, CancellationToken cancellationToken)
    {
        // Those that have ended, if there are any: the others are refused.
        List<string[]> ended = await world.RowsAsync(
            "select distinct root_id from execution.intent where state in ('failed', 'cancelled', 'expired')", cancellationToken);
        HashSet<string> roots = [.. ended.Select(row => row[0])];
        Payment[] accepted = [.. payments.Where(payment => payment.Intent is not null)];
        Payment[] over = [.. accepted.Where(payment => roots.Contains(payment.Intent!.Value.Value.ToString()))];
        Payment[] from = over.Length > 0 && drawn.Next(4) > 0 ? over : accepted;
        if (from.Length == 0)
            return;
        Payment payment = from[drawn.Next(from.Length)];
        DateTimeOffset? deadline = payment.Body.TryGetProperty("deadline", out _) ? world.Clock.GetUtcNow().AddMinutes(2) : null;
        RetryResult result = await world.Get<IntentRetry>().RetryAsync(
            new RetryRequest(payment.Intent!.Value, "drill", Actor, deadline, AcceptsUnseen: drawn.Next(2) == 0), cancellationToken);
        report.Count(result is RetryResult.Retried ? "retries" : "retries_refused");
        report.Note($"retry {payment.Number}: {(result is RetryResult.Refused refused
            ? string.Join(", ", refused.Reasons.Select(reason => reason.Code)) : result.GetType().Name)}");
    }

    private async Task FillAsync(Random drawn, CancellationToken cancellationToken)
    {
        if (await AnySlotAsync("state not in ('finalized', 'filled', 'adopted', 'externally_consumed')", drawn, cancellationToken)
            is not (var sender, var nonce, _))
            return;
        FillResult result = await world.Get<SlotVerbs>().FillAsync(World.Chain, sender, nonce, "drill", Actor, cancellationToken);
        report.Count(result is FillResult.Asked ? "fills" : "fills_refused");
        report.Note($"fill nonce {nonce} of {sender}: {(result is FillResult.Refused refused ? refused.Code : "asked")}");
    }

    private async Task AdoptAsync(Random drawn, CancellationToken cancellationToken)
    {
        if (await AnySlotAsync("state in ('taken', 'externally_consumed') and tx_hash is not null", drawn, cancellationToken)
            is not (var sender, var nonce, { } hash))
            return;
        AdoptResult result = await world.Get<SlotAdoption>().AdoptAsync(
            new AdoptRequest(World.Chain, sender, nonce, hash, "drill", Actor), cancellationToken);
        report.Count(result is AdoptResult.Adopted ? "adoptions" : "adoptions_refused");
        report.Note($"adopt nonce {nonce} of {sender}: {(result is AdoptResult.Refused refused ? refused.Code : result.GetType().Name)}");
    }

    private async Task<(Address Sender, long Nonce, Hash32? Hash)?> AnySlotAsync(
        string which, Random drawn, CancellationToken cancellationToken)
    {
        List<string[]> slots = await world.RowsAsync(
            $"""
             select '0x' || encode(account, 'hex'), nonce, '0x' || encode(tx_hash, 'hex') from execution.nonce_slot where {which}
             order  by account, nonce
             """,
            cancellationToken);
        if (slots.Count == 0)
            return null;
        string[] drawnOne = slots[drawn.Next(slots.Count)];
        return (
            Address.Parse(drawnOne[0]), long.Parse(drawnOne[1], CultureInfo.InvariantCulture),
            drawnOne[2].Length == 0 ? null : Hash32.Parse(drawnOne[2]));
    }

    private async Task PauseAsync(Sender sender, CancellationToken cancellationToken)
    {
        await world.Get<UnitOfWork>().RunAsync(
            (session, token) => world.Get<SenderStore>().PauseAsync(
                session, World.Chain, sender.Address, PauseKind.Operator, "drill", Actor, token),
            cancellationToken);
        report.Count("pauses");
        report.Note($"pause {sender.Address}");
    }

    private async Task ResumeAsync(Sender sender, CancellationToken cancellationToken)
    {
        if (await world.Get<UnitOfWork>().RunAsync(
            (session, token) => world.Get<SenderStore>().ResumeAsync(
                session, World.Chain, sender.Address, PauseKind.Operator, token),
            cancellationToken))
            report.Note($"resume {sender.Address}");
    }

    public async Task CancelAsync(Payment payment, IntentId intent, CancellationToken cancellationToken)
    {
        EndResult result = await world.Get<IntentEnding>().CancelAsync(world.Owner, intent, Actor, cancellationToken);
        report.Count("cancels");
        report.Note($"cancel {payment.Number}: {result.GetType().Name}");
    }
}
