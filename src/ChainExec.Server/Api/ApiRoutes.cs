using ChainExec.Server.Api.Chains;
using ChainExec.Server.Api.Events;
using ChainExec.Server.Api.Flows;
using ChainExec.Server.Api.Health;
using ChainExec.Server.Api.Intents;
using ChainExec.Server.Api.Ledger;
using ChainExec.Server.Api.OpenApi;

namespace ChainExec.Server.Api;

/// <summary>Every address of the API in one place. Everything under <c>/v1</c> demands a key.</summary>
internal static class ApiRoutes
{
    /// <summary>Registers what the endpoints need.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddSingleton<ReadEndpoints>();
        services.AddSingleton<SimulateEndpoint>();
        services.AddSingleton<CancelEndpoint>();
        services.AddSingleton<ApprovalEndpoints>();
        services.AddSingleton<LedgerEndpoints>();
        services.AddSingleton<ChainEndpoints>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<FlowEndpoints>();
        services.AddSingleton<InboundEndpoint>();
        return services;
    }

    /// <summary>Health, for every role.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", HealthEndpoints.Live).WithName("GetLiveness").WithTags("Health").Produces<HealthBody>();
        routes.MapGet("/health/ready", (HealthEndpoints health, CancellationToken token) => health.ReadyAsync(token))
            .WithName("GetReadiness").WithTags("Health").Produces<HealthBody>()
            .Produces<HealthBody>(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>The API, for the role <c>api</c>.</summary>
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder v1 = routes.MapGroup("/v1").RequireAuthorization();
        MapIntents(v1.MapGroup("/intents").WithTags("Intents"));
        MapLedger(v1.MapGroup("/ledger").WithTags("Ledger"));
        MapFlows(v1.MapGroup("/flows").WithTags("Flows"));
        v1.MapPost(
                "/inbound/{provider}",
                (string provider, InboundEndpoint inbound, HttpContext context, CancellationToken token) =>
                    inbound.HandleAsync(provider, context, token))
            .WithName("TakeInbound").Produces<InboundBody>().Fails(401, 404, 413, 422, 503).WithTags("Flows").AllowAnonymous();

        v1.MapGet("/call-types", (ChainEndpoints chains) => chains.CallTypes())
            .WithName("ListCallTypes").Produces<Page<CallTypeBody>>().Fails(401).WithTags("Chains");
        v1.MapGet("/chains", (ChainEndpoints chains, CancellationToken token) => chains.ChainsAsync(token))
            .WithName("ListChains").Produces<Page<ChainBody>>().Fails(401).WithTags("Chains");
        v1.MapGet("/events", (EventEndpoints events, HttpContext context, CancellationToken token) => events.HandleAsync(context, token))
            .WithName("ListEvents").Produces<Page<EventBody>>().Fails(400, 401, 503).WithTags("Events").DisableRequestTimeout();
    }

    private static void MapIntents(RouteGroupBuilder intents)
    {
        intents.MapPost("", SubmitEndpoint.HandleAsync)
            .WithName("SubmitIntent")
            .Accepts<IntentRequestBody>("application/json").Produces<IntentBody>(StatusCodes.Status201Created)
            .Fails(400, 401, 409, 413, 415, 422, 503);
        intents.MapPost(
                "/simulate",
                (SimulateEndpoint simulate, HttpContext context, CancellationToken token) => simulate.HandleAsync(context, token))
            .WithName("SimulateIntent")
            .Accepts<IntentRequestBody>("application/json").Produces<SimulationBody>().Fails(400, 401, 413, 415, 422, 503);
        intents.MapPost(
                "/{id}/cancel",
                (string id, CancelEndpoint cancel, HttpContext context, CancellationToken token) => cancel.HandleAsync(id, context, token))
            .WithName("CancelIntent").Produces<IntentBody>().Fails(400, 401, 404, 409, 503);
        intents.MapPost(
                "/{id}/approve",
                (string id, ApprovalEndpoints approvals, HttpContext context, CancellationToken token) =>
                    approvals.ApproveAsync(id, context, token))
            .WithName("ApproveIntent").Accepts<ApproveRequestBody>("application/json").Produces<IntentBody>()
            .Fails(400, 401, 404, 409, 413, 415, 422, 429, 503);
        intents.MapPost(
                "/{id}/reject",
                (string id, ApprovalEndpoints approvals, HttpContext context, CancellationToken token) =>
                    approvals.RejectAsync(id, context, token))
            .WithName("RejectIntent").Accepts<RejectRequestBody>("application/json").Produces<IntentBody>()
            .Fails(400, 401, 404, 409, 413, 415, 422, 503);
        intents.MapGet("", (ReadEndpoints read, HttpContext context, CancellationToken token) => read.ListAsync(context, token))
            .WithName("ListIntents").Produces<Page<IntentBody>>().Fails(400, 401);
        intents.MapGet(
                "/{id}",
                (string id, ReadEndpoints read, HttpContext context, CancellationToken token) => read.OneAsync(id, context, token))
            .WithName("GetIntent").Produces<IntentDetailBody>().Fails(400, 401, 404);
    }

    private static void MapLedger(RouteGroupBuilder books)
    {
        books.MapGet(
                "/trial-balance",
                (LedgerEndpoints ledger, HttpContext context, CancellationToken token) => ledger.TrialBalanceAsync(context, token))
            .WithName("GetTrialBalance").Produces<TrialBalanceBody>().Fails(400, 401, 403);
        books.MapGet(
                "/accounts",
                (LedgerEndpoints ledger, HttpContext context, CancellationToken token) => ledger.AccountsAsync(context, token))
            .WithName("ListLedgerAccounts").Produces<Page<AccountBody>>().Fails(400, 401);
        books.MapGet(
                "/accounts/{id}/entries",
                (string id, LedgerEndpoints ledger, HttpContext context, CancellationToken token) =>
                    ledger.EntriesAsync(id, context, token))
            .WithName("ListLedgerEntries").Produces<Page<EntryBody>>().Fails(400, 401, 404);
    }

    private static void MapFlows(RouteGroupBuilder flows)
    {
        flows.MapGet("", (FlowEndpoints read, HttpContext context, CancellationToken token) => read.ListAsync(context, token))
            .WithName("ListFlows").Produces<Page<FlowBody>>().Fails(400, 401);
        flows.MapGet(
                "/{id}",
                (string id, FlowEndpoints read, HttpContext context, CancellationToken token) => read.OneAsync(id, context, token))
            .WithName("GetFlow").Produces<FlowDetailBody>().Fails(400, 401, 404);
    }

    private static RouteHandlerBuilder Fails(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (int status in statuses)
            route.Produces<ProblemBody>(status, "application/problem+json");
        return route;
    }
}
