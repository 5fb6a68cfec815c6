using ChainExec.Server.Api.Chains;
using ChainExec.Server.Api.Events;
using ChainExec.Server.Api.Health;
using ChainExec.Server.Api.Intents;
using ChainExec.Server.Api.Ledger;

namespace ChainExec.Server.Api;

/// <summary>Every address of the API in one place. Everything under <c>/v1</c> demands a key.</summary>
internal static class ApiRoutes
{
    /// <summary>Registers what the endpoints need.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddSingleton<ReadEndpoints>();
        services.AddSingleton<SimulateEndpoint>();
        services.AddSingleton<LedgerEndpoints>();
        services.AddSingleton<ChainEndpoints>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<HealthEndpoints>();
        return services;
    }

    /// <summary>Health, for every role.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", HealthEndpoints.Live).WithTags("Health");
        routes.MapGet("/health/ready", (HealthEndpoints health, CancellationToken token) => health.ReadyAsync(token)).WithTags("Health");
    }

    /// <summary>The API, for the role <c>api</c>.</summary>
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder v1 = routes.MapGroup("/v1").RequireAuthorization();
        MapIntents(v1.MapGroup("/intents").WithTags("Intents"));
        MapLedger(v1.MapGroup("/ledger").WithTags("Ledger"));

        v1.MapGet("/call-types", (ChainEndpoints chains) => chains.CallTypes())
            .WithName("ListCallTypes").WithTags("Chains");
        v1.MapGet("/chains", (ChainEndpoints chains, CancellationToken token) => chains.ChainsAsync(token))
            .WithName("ListChains").WithTags("Chains");
        v1.MapGet("/events", (EventEndpoints events, HttpContext context, CancellationToken token) => events.HandleAsync(context, token))
            .WithName("ListEvents").WithTags("Events").DisableRequestTimeout();
    }

    private static void MapIntents(RouteGroupBuilder intents)
    {
        intents.MapPost("", SubmitEndpoint.HandleAsync).WithName("SubmitIntent");
        intents.MapPost(
                "/simulate",
                (SimulateEndpoint simulate, HttpContext context, CancellationToken token) => simulate.HandleAsync(context, token))
            .WithName("SimulateIntent");
        intents.MapGet("", (ReadEndpoints read, HttpContext context, CancellationToken token) => read.ListAsync(context, token))
            .WithName("ListIntents");
        intents.MapGet(
                "/{id}",
                (string id, ReadEndpoints read, HttpContext context, CancellationToken token) => read.OneAsync(id, context, token))
            .WithName("GetIntent");
    }

    private static void MapLedger(RouteGroupBuilder books)
    {
        books.MapGet(
                "/trial-balance",
                (LedgerEndpoints ledger, HttpContext context, CancellationToken token) => ledger.TrialBalanceAsync(context, token))
            .WithName("GetTrialBalance");
        books.MapGet(
                "/accounts",
                (LedgerEndpoints ledger, HttpContext context, CancellationToken token) => ledger.AccountsAsync(context, token))
            .WithName("ListLedgerAccounts");
        books.MapGet(
                "/accounts/{id}/entries",
                (string id, LedgerEndpoints ledger, HttpContext context, CancellationToken token) =>
                    ledger.EntriesAsync(id, context, token))
            .WithName("ListLedgerEntries");
    }
}
