using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Governance;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Asks whether an intent is frozen or halted: its owner, its account, or any address that it pays or calls.</summary>
internal sealed class FreezeGate(FreezeStore freezes, CallStore calls)
{
    /// <summary>The freeze that concerns the intent now, or nothing.</summary>
    public async Task<Freeze?> FindAsync(DbSession session, Intent intent, CancellationToken cancellationToken) =>
        (await FindManyAsync(session, [intent], cancellationToken)).GetValueOrDefault(intent.Id);

    /// <summary>The first freeze that concerns any of the intents now, or nothing.</summary>
    public async Task<Freeze?> FindAnyAsync(DbSession session, IReadOnlyList<Intent> intents, CancellationToken cancellationToken) =>
        (await FindManyAsync(session, intents, cancellationToken)).Values.FirstOrDefault();

    /// <summary>The freezes that concern some of the intents now, by intent.</summary>
    public async Task<IReadOnlyDictionary<IntentId, Freeze>> FindManyAsync(
        DbSession session, IReadOnlyList<Intent> intents, CancellationToken cancellationToken) =>
        intents.Count == 0
            ? new Dictionary<IntentId, Freeze>()
            : await FindManyAsync(
                session, intents,
                (await calls.OfIntentsAsync(session, [.. intents.Select(intent => intent.Root.Value).Distinct()], cancellationToken))
                    .ToLookup(call => call.Intent),
                cancellationToken);

    private async Task<IReadOnlyDictionary<IntentId, Freeze>> FindManyAsync(
        DbSession session, IReadOnlyList<Intent> intents, ILookup<Guid, BlockchainCall> made, CancellationToken cancellationToken)
    {
        IReadOnlyList<Freeze?> found = await freezes.FindManyAsync(
            session, [.. intents.Select(intent => QuestionOf(intent, made[intent.Root.Value]))], cancellationToken);
        return intents.Zip(found).Where(each => each.Second is not null).DistinctBy(each => each.First.Id)
            .ToDictionary(each => each.First.Id, each => each.Second!);
    }

    /// <summary>Those of the intents that a freeze or halt concerns now; one cheap question while there is none at all.</summary>
    public async Task<IReadOnlySet<IntentId>> FrozenAmongAsync(
        DbSession session, IReadOnlyList<Intent> intents, CancellationToken cancellationToken) =>
        intents.Count > 0 && await freezes.IsAnyAsync(session, cancellationToken)
            ? (await FindManyAsync(session, intents, cancellationToken)).Keys.ToHashSet()
            : new HashSet<IntentId>();

    /// <summary>The same for intents whose calls, by root, were read in this transaction.</summary>
    public async Task<IReadOnlySet<IntentId>> FrozenAmongAsync(
        DbSession session, IReadOnlyList<Intent> intents, ILookup<Guid, BlockchainCall> made, CancellationToken cancellationToken) =>
        intents.Count > 0 && await freezes.IsAnyAsync(session, cancellationToken)
            ? (await FindManyAsync(session, intents, made, cancellationToken)).Keys.ToHashSet()
            : new HashSet<IntentId>();

    /// <summary>The same for an intent whose calls were read in this transaction.</summary>
    public Task<Freeze?> FindAsync(
        DbSession session, Intent intent, IReadOnlyList<BlockchainCall> made, CancellationToken cancellationToken) =>
        freezes.FindAsync(session, QuestionOf(intent, made), cancellationToken);

    private static FreezeQuestion QuestionOf(Intent intent, IEnumerable<BlockchainCall> made) => new(
        intent.Owner, intent.Front is { } front ? [intent.Account, front] : [intent.Account], intent.Chain, Touched(intent.Sender, made));

    /// <summary>Every address that calls of a sender touch.</summary>
    public static IReadOnlyList<Address> Touched(Address sender, IEnumerable<BlockchainCall> made) =>
        Touched(sender, made.Select(call => (call.To, call.Expected, call.Request)));

    /// <summary>
    /// Every address that calls of a sender would touch: whom they call, who gets or gives, and whoever is named in what was asked, such as
    /// the spender of an allowance.
    /// </summary>
    public static IReadOnlyList<Address> Touched(
        Address sender, IEnumerable<(Address To, IReadOnlyList<ExpectedMovement> Expected, JsonElement Request)> made) =>
    [
        .. made.SelectMany(call => call.Expected.SelectMany(movement => new[] { movement.From, movement.To }).Append(call.To)
                .Concat(Named(call.Request)))
            .Append(sender).Distinct(),
    ];

    private static IEnumerable<Address> Named(JsonElement request)
    {
        if (request.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (JsonProperty argument in request.EnumerateObject())
        {
            if (argument.Value.ValueKind == JsonValueKind.String && Address.TryParse(argument.Value.GetString(), out Address named, out _))
                yield return named;
        }
    }
}
