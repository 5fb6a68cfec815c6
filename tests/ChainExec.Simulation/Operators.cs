using ChainExec.Execution;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Simulation;

/// <summary>What operators and clients decide while payments are on their way: freezes, halts, thaws and cancellations.</summary>
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
    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await world.Get<UnitOfWork>().RunAsync(
            (session, token) => world.Get<SenderStore>().PauseAsync(
                session, World.Chain, world.Senders[0].Address, PauseKind.Operator, "drill", Actor, token),
            cancellationToken);
        report.Count("pauses");
        report.Note("pause the first sender");
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (await world.Get<UnitOfWork>().RunAsync(
            (session, token) => world.Get<SenderStore>().ResumeAsync(
                session, World.Chain, world.Senders[0].Address, PauseKind.Operator, token),
            cancellationToken))
            report.Note("resume the first sender");
    }

    public async Task CancelAsync(Payment payment, IntentId intent, CancellationToken cancellationToken)
    {
        EndResult result = await world.Get<IntentEnding>().CancelAsync(world.Owner, intent, Actor, cancellationToken);
        report.Count("cancels");
        report.Note($"cancel {payment.Number}: {result.GetType().Name}");
    }
}
