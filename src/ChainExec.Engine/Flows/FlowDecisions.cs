using ChainExec.Facts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>The answer to a person who decides.</summary>
internal abstract record DecideResult
{
    private DecideResult()
    {
    }

    /// <summary>The decision is on the stream; the rule fires when the engine comes to it.</summary>
    internal sealed record Told : DecideResult;

    /// <summary>The question was decided a moment ago, and the engine has not come to it yet.</summary>
    internal sealed record AlreadyDecided : DecideResult;

    /// <summary>No rule of the flow waits for this answer to this question.</summary>
    internal sealed record NotAsked : DecideResult;

    internal sealed record NoSuchFlow : DecideResult;
}

/// <summary>Takes decisions of people, under the lock of the flow's key, and only where a rule waits for them.</summary>
internal sealed class FlowDecisions(FlowStore store, FlowCatalogue catalogue, FactWriter facts)
{
    public async Task<DecideResult> DecideAsync(
        DbSession session, string key, FlowDecided decided, CancellationToken cancellationToken)
    {
        if (await store.LockKeyAsync(session, key, cancellationToken) is not { } id
            || await store.LockContextAsync(session, id, cancellationToken) is not { } row)
            return new DecideResult.NoSuchFlow();
        if (!row.IsOpen)
            return new DecideResult.NotAsked();
        FlowModel model = catalogue.Get(row.Flow, row.Version, row.Fingerprint);
        object data = row.Read(model);
        IReadOnlyList<WaitingRule> waiting = await store.WaitingRulesAsync(session, id, cancellationToken);
        WaitingRule? asked = waiting.FirstOrDefault(rule => model.Rule(rule.Name).Triggers.Any(trigger =>
            trigger.EventType == FlowDecided.Type && (trigger.When is null || trigger.When.Evaluate<bool>(decided, data))));
        if (asked is null)
            return new DecideResult.NotAsked();
        // Rules of one firing that wait for answers to one question ask it together. Several people may have to sign for one rule.
        bool several = model.Rule(asked.Name).Mode == TriggerMode.All;
        if (!await store.DecideAsync(session, decided, asked.SpawnedBy ?? asked.Id, several, cancellationToken))
            return new DecideResult.AlreadyDecided();
        await facts.AppendAsync(session, key, owner: null, decided with { Rule = asked.Id }, cancellationToken);
        return new DecideResult.Told();
    }
}
