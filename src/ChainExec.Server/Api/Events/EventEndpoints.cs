using System.Text.Json;
using ChainExec.Facts;
using ChainExec.Storage;

namespace ChainExec.Server.Api.Events;

/// <summary><c>GET /v1/events</c>: the owner's facts in order, as pages or as server-sent events.</summary>
internal sealed partial class EventEndpoints(
    FactQueries facts, WakeUp wakeUp, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<EventEndpoints> logger)
{
    private const int StreamBatch = 100;
    private const int StreamsMax = 200;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private int _streams;

    /// <summary>A page, or with <c>Accept: text/event-stream</c> a stream that goes on until the client leaves.</summary>
    public async Task<IResult> HandleAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var query = new QueryReader(context.Request, "after", "limit");
        int limit = query.Limit();
        long after = query.Parse("after", EventId.Parse, "after is the id of an event.") ?? 0;
        if (query.Problem is { } problem)
            return problem;
        Guid owner = context.Caller().Owner.Value;
        if (WantsStream(context.Request))
            return await StreamAsync(context, owner, Resumed(context) ?? after, cancellationToken);

        IReadOnlyList<Fact> rows = await facts.FeedAsync(owner, EventBody.FactTypes, after, limit + 1, cancellationToken);
        IReadOnlyList<Fact> shown = [.. rows.Take(limit)];
        // Always a cursor: who has read everything asks again with it later.
        string cursor = EventId.Format(shown.Count == 0 ? after : shown[^1].Position);
        return Results.Json(new Page<EventBody>([.. shown.Select(EventBody.Of)], cursor, rows.Count > limit), ApiJson.Options);
    }

    private static bool WantsStream(HttpRequest request) => request.GetTypedHeaders().Accept.Any(
        accept => accept.MediaType.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase));

    // What an event source sends by itself when it connects again.
    private static long? Resumed(HttpContext context) =>
        context.Request.Headers["Last-Event-ID"] is [{ } id] ? EventId.Parse(id) : null;

    private async Task<IResult> StreamAsync(HttpContext context, Guid owner, long after, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _streams) > StreamsMax)
        {
            Interlocked.Decrement(ref _streams);
            return new Problem(ProblemCode.TooManyStreams, $"{StreamsMax} streams are open; poll, or try again.") { RetryAfterSeconds = 5 };
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.WriteAsync(": connected\n\n", ended.Token);
            await context.Response.Body.FlushAsync(ended.Token);
            await PumpAsync(context.Response, owner, after, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client left, or we stop: both end a stream, and neither is an error.
            LogEnded(after);
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }

        return Results.Empty;
    }

    private async Task PumpAsync(HttpResponse response, Guid owner, long after, CancellationToken cancellationToken)
    {
        long lastWrite = clock.GetTimestamp();
        while (true)
        {
            Task pulse = wakeUp.Next;
            IReadOnlyList<Fact> rows = await facts.FeedAsync(owner, EventBody.FactTypes, after, StreamBatch, cancellationToken);
            foreach (Fact fact in rows)
            {
                EventBody body = EventBody.Of(fact);
                await response.WriteAsync(
                    $"id: {body.Id}\nevent: {body.Type}\ndata: {JsonSerializer.Serialize(body, ApiJson.Options)}\n\n", cancellationToken);
                after = fact.Position;
            }

            if (rows.Count == 0 && clock.GetElapsedTime(lastWrite) >= Heartbeat)
                await response.WriteAsync(": still here\n\n", cancellationToken);
            else if (rows.Count == 0)
            {
                await Task.WhenAny(pulse, clock.Delay(Poll, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
                continue;
            }

            await response.Body.FlushAsync(cancellationToken);
            lastWrite = clock.GetTimestamp();
        }
    }

    [LoggerMessage(EventId = 1402, Level = LogLevel.Debug, Message = "A stream of events that began after {Position} ended")]
    private partial void LogEnded(long position);
}
