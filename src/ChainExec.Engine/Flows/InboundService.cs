using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Flows.Definitions;
using ChainExec.Storage;

namespace ChainExec.Flows;

/// <summary>What became of a webhook.</summary>
internal abstract record InboundResult
{
    private InboundResult()
    {
    }

    /// <summary>It is stored, and its events are on their way. A repetition is stored already.</summary>
    internal sealed record Taken(Guid Id, bool Duplicate) : InboundResult;

    /// <summary>It cannot be trusted or read; it is kept apart and nothing follows from it.</summary>
    internal sealed record Quarantined(string Reason) : InboundResult;

    /// <summary>Nobody of that name may tell us anything.</summary>
    internal sealed record UnknownProvider : InboundResult;
}

/// <summary>
/// Takes evidence from outside: the signature is checked over the raw bytes, the bytes are stored as they came, and evidence and events
/// commit together before anybody says that it was received.
/// </summary>
internal sealed class InboundService(
    InboundSecrets secrets, IEnumerable<IInboundAdapter> adapters, FactWriter facts, UnitOfWork unitOfWork, TimeProvider clock)
{
    /// <summary>What is kept of one provider in an hour that nobody signed; more is refused and not kept. What is signed is kept.</summary>
    private const int QuarantinedPerHourMax = 200;

    private const int NameLengthMax = 200;

    private readonly Dictionary<string, IInboundAdapter> _adapters = adapters.ToDictionary(each => each.Provider, StringComparer.Ordinal);

    public async Task<InboundResult> TakeAsync(
        string provider, WebhookHeaders headers, byte[] body, CancellationToken cancellationToken)
    {
        if (secrets.Of(provider) is not { } known || !_adapters.TryGetValue(provider, out IInboundAdapter? adapter))
            return new InboundResult.UnknownProvider();
        string? refusal = WebhookSignature.Refusal(headers, body, known, clock.GetUtcNow());
        bool signed = refusal is null;
        IReadOnlyList<InboundEvent>? events = [];
        if (refusal is null && !TryRead(adapter, headers.Id, body, out events))
            refusal = "unreadable";
        return await unitOfWork.RunAsync<InboundResult>(
            async (session, token) => refusal is null
                ? await StoreAsync(session, provider, headers, body, events, token)
                : await QuarantineAsync(session, provider, headers, body, refusal, signed, token),
            cancellationToken);
    }

    private async Task<InboundResult> StoreAsync(
        DbSession session, string provider, WebhookHeaders headers, byte[] body, IReadOnlyList<InboundEvent>? events,
        CancellationToken cancellationToken)
    {
        Guid id = Guid.CreateVersion7(clock.GetUtcNow());
        const string sql = """
            insert into flows.external_event (id, provider, event_id, verified, headers, body, events)
            values (@id, @provider, @event_id, true, @headers, @body, @events)
            on conflict (provider, event_id) where verified do nothing
            """;
        int stored = await Bind(session.Sql(sql), id, provider, headers, body).With("events", events?.Count ?? 0)
            .ExecuteAsync(cancellationToken);
        if (stored == 0)
            return await AgainAsync(session, provider, headers, body, cancellationToken);
        // It is no kind of message that is known: it is kept, and somebody has to say what it means.
        if (events is null)
            await TellAsync(session, id, provider, headers, "unknown_type", cancellationToken);
        foreach (InboundEvent told in events ?? [])
        {
            bool isOfNobody = told.Claims is { } claimed && !await IsOwnerAsync(session, claimed, cancellationToken);
            await facts.AppendAsync(
                session, told.Type, told.Happened.CorrelationKey, owner: null, isOfNobody ? told.OfNobody() : told.Payload,
                cancellationToken);
        }

        return new InboundResult.Taken(id, Duplicate: false);
    }

    private static async Task<bool> IsOwnerAsync(DbSession session, Guid id, CancellationToken cancellationToken) =>
        (await session.Sql("select exists (select from governance.v_owner where owner_id = @id) as known").With("id", id)
            .ReadAsync(reader => reader.Bool("known"), cancellationToken))[0];

    // The same id with other bytes is not the same message: it is kept apart, because one of the two is not what happened.
    private async Task<InboundResult> AgainAsync(
        DbSession session, string provider, WebhookHeaders headers, byte[] body, CancellationToken cancellationToken)
    {
        const string sql = """
            select id, body = @body as same from flows.external_event where provider = @provider and event_id = @id and verified
            """;
        (Guid first, bool same) = (await session.Sql(sql).With("provider", provider).With("id", headers.Id).With("body", body)
            .ReadAsync(reader => (reader.Uuid("id"), reader.Bool("same")), cancellationToken))[0];
        return same
            ? new InboundResult.Taken(first, Duplicate: true)
            : await QuarantineAsync(session, provider, headers, body, "id_of_another_message", signed: true, cancellationToken);
    }

    private async Task<InboundResult> QuarantineAsync(
        DbSession session, string provider, WebhookHeaders headers, byte[] body, string reason, bool signed,
        CancellationToken cancellationToken)
    {
        const string sql = """
            insert into flows.external_event (id, provider, event_id, verified, reason, headers, body, signed)
            select @id, @provider, @event_id, false, @reason, @headers, @body, @signed
            where  case when @signed then not exists (
                        select from flows.external_event
                        where  provider = @provider and signed and not verified and body = @body
                        and    event_id is not distinct from @event_id)
                   else (select count(*) from (
                        select from flows.external_event
                        where  provider = @provider and not verified and not signed and received_at > storage.clock() - interval '1 hour'
                        limit  @max) recent) < @max end
            """;
        Guid id = Guid.CreateVersion7(clock.GetUtcNow());
        int kept = await Bind(session.Sql(sql), id, provider, headers, body).With("reason", reason).With("signed", signed)
            .With("max", QuarantinedPerHourMax).ExecuteAsync(cancellationToken);
        if (signed && kept == 1)
            await TellAsync(session, id, provider, headers, reason, cancellationToken);
        return new InboundResult.Quarantined(reason);
    }

    private Task TellAsync(
        DbSession session, Guid id, string provider, WebhookHeaders headers, string reason, CancellationToken cancellationToken) =>
        facts.AppendAsync(
            session, $"inbound:{provider}", owner: null,
            new FlowEvidenceUnusable(id, provider, Storable(headers.Id, 200) ?? "", reason), cancellationToken);

    private static Statement Bind(Statement statement, Guid id, string provider, WebhookHeaders headers, byte[] body)
    {
        // A header may be anything at all before it is verified; what is too long or not storable is cut or left out.
        string? eventId = Storable(headers.Id, 200);
        var kept = new { id = eventId, timestamp = Storable(headers.Timestamp, 100), signature = Storable(headers.Signature, 1_000) };
        return statement.With("id", id).With("provider", provider).With("event_id", eventId)
            .WithJson("headers", JsonSerializer.Serialize(kept, FactJson.Options)).With("body", body);
    }

    // What the stream or the books would refuse is refused here, where its sender hears of it.
    private static bool IsSound(InboundEvent told) =>
        told.Happened.EventId.Length is > 0 and <= NameLengthMax && told.Happened.CorrelationKey.Length is > 0 and <= NameLengthMax
        && !told.Payload.GetRawText().Contains("\\u0000", StringComparison.Ordinal)
        && (told.Happened is not IMoneyEvidence money || (!money.Amount.IsZero && money.Account.Code.Length > 0));

    private static string? Storable(string text, int lengthMax) =>
        text.Length > 0 && text.All(letter => letter is >= ' ' and <= '~') ? text.Cut(lengthMax) : null;

    private static bool TryRead(IInboundAdapter adapter, string eventId, byte[] body, out IReadOnlyList<InboundEvent>? events)
    {
        try
        {
            events = adapter.Read(eventId, JsonSerializer.Deserialize<JsonElement>(body));
            return events?.All(told => IsSound(told) && adapter.Tells.Any(type => type.Type == told.Type)) ?? true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            // No JSON, a text that is no Unicode, or a word that cannot name an account.
            events = [];
            return false;
        }
    }
}
