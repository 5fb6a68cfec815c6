using ChainExec.Reconciliation;

namespace ChainExec.Server.Api.Ledger;

/// <summary>Every address of the books.</summary>
internal static class LedgerRoutes
{
    /// <summary>Registers what the endpoints need.</summary>
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<HouseGate>();
        services.AddSingleton<JournalReader>();
        services.AddSingleton<LedgerEndpoints>();
        services.AddSingleton<AccountEndpoints>();
        services.AddSingleton<JournalEndpoints>();
        services.AddSingleton<HoldEndpoints>();
        services.AddSingleton<PeriodEndpoints>();
    }

    /// <summary>Maps them.</summary>
    public static void Map(RouteGroupBuilder books)
    {
        MapReads(books);
        MapAccounts(books);
        MapTransactions(books);
        MapHolds(books);
        MapPeriods(books);
    }

    private static void MapReads(RouteGroupBuilder books)
    {
        books.MapGet(
                "/trial-balance",
                (LedgerEndpoints ledger, HttpContext context, CancellationToken token) => ledger.TrialBalanceAsync(context, token))
            .WithName("GetTrialBalance").Produces<TrialBalanceBody>().Fails(400, 401, 403);
        books.MapGet(
                "/proof",
                (LedgerEndpoints ledger, HttpContext context, CancellationToken token) => ledger.ProofAsync(context, token))
            .WithName("GetLiabilityProof").Produces<LiabilityProof>().Fails(400, 401, 403, 404);
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

    private static void MapAccounts(RouteGroupBuilder books)
    {
        books.MapGet(
                "/accounts/{id}",
                (string id, AccountEndpoints accounts, HttpContext context, CancellationToken token) =>
                    accounts.OneAsync(id, context, token))
            .WithName("GetLedgerAccount").Produces<AccountBody>().Fails(400, 401, 404);
        books.MapGet(
                "/accounts/{id}/statement",
                (string id, AccountEndpoints accounts, HttpContext context, CancellationToken token) =>
                    accounts.StatementAsync(id, context, token))
            .WithName("GetLedgerStatement").Produces<StatementBody>().Fails(400, 401, 404);
        books.MapPost(
                "/accounts",
                (AccountEndpoints accounts, HttpContext context, CancellationToken token) => accounts.OpenAsync(context, token))
            .WithName("OpenLedgerAccount").Accepts<AccountRequestBody>("application/json").Produces<AccountBody>()
            .Fails(400, 401, 403, 413, 415, 422, 503);
        books.MapPost(
                "/accounts/{id}/change",
                (string id, AccountEndpoints accounts, HttpContext context, CancellationToken token) =>
                    accounts.ChangeAsync(id, context, token))
            .WithName("ChangeLedgerAccount").Accepts<AccountChangeBody>("application/json").Produces<AccountBody>()
            .Fails(400, 401, 403, 404, 413, 415, 422, 503);
    }

    private static void MapTransactions(RouteGroupBuilder books)
    {
        books.MapGet(
                "/transactions",
                (JournalEndpoints journal, HttpContext context, CancellationToken token) => journal.SearchAsync(context, token))
            .WithName("ListLedgerTransactions").Produces<Page<TransactionBody>>().Fails(400, 401);
        books.MapGet(
                "/transactions/{id}",
                (string id, JournalEndpoints journal, HttpContext context, CancellationToken token) => journal.OneAsync(id, context, token))
            .WithName("GetLedgerTransaction").Produces<TransactionBody>().Fails(401, 404);
        books.MapPost(
                "/transactions",
                (JournalEndpoints journal, HttpContext context, CancellationToken token) => journal.PostAsync(context, token))
            .WithName("PostLedgerTransaction").Accepts<JournalRequestBody>("application/json")
            .Produces<TransactionBody>(StatusCodes.Status201Created).Fails(400, 401, 403, 413, 415, 422, 503);
        books.MapPost(
                "/transactions/bulk",
                (JournalEndpoints journal, HttpContext context, CancellationToken token) => journal.BulkAsync(context, token))
            .WithName("PostLedgerTransactions").Accepts<BulkRequestBody>("application/json").Produces<BulkBody>()
            .Fails(400, 401, 403, 413, 415, 422, 503);
    }

    private static void MapHolds(RouteGroupBuilder books)
    {
        books.MapGet(
                "/holds", (HoldEndpoints holds, HttpContext context, CancellationToken token) => holds.ListAsync(context, token))
            .WithName("ListLedgerHolds").Produces<Page<HoldBody>>().Fails(400, 401);
        books.MapGet(
                "/holds/{id}",
                (string id, HoldEndpoints holds, HttpContext context, CancellationToken token) => holds.OneAsync(id, context, token))
            .WithName("GetLedgerHold").Produces<HoldBody>().Fails(401, 404);
        books.MapPost(
                "/holds", (HoldEndpoints holds, HttpContext context, CancellationToken token) => holds.PlaceAsync(context, token))
            .WithName("PlaceLedgerHold").Accepts<HoldRequestBody>("application/json").Produces<HoldBody>(StatusCodes.Status201Created)
            .Fails(400, 401, 403, 413, 415, 422, 503);
        books.MapPost(
                "/holds/{id}/post",
                (string id, HoldEndpoints holds, HttpContext context, CancellationToken token) => holds.PostAsync(id, context, token))
            .WithName("PostLedgerHold").Accepts<HoldPostRequestBody>("application/json").Produces<TransactionBody>()
            .Fails(400, 401, 403, 404, 413, 415, 422, 503);
        books.MapPost(
                "/holds/{id}/void",
                (string id, HoldEndpoints holds, HttpContext context, CancellationToken token) => holds.VoidAsync(id, context, token))
            .WithName("VoidLedgerHold").Accepts<HoldVoidRequestBody>("application/json").Produces<HoldBody>()
            .Fails(400, 401, 403, 404, 413, 415, 422, 503);
    }

    private static void MapPeriods(RouteGroupBuilder books)
    {
        books.MapGet(
                "/periods", (PeriodEndpoints periods, HttpContext context, CancellationToken token) => periods.ListAsync(context, token))
            .WithName("ListLedgerPeriods").Produces<Page<PeriodBody>>().Fails(401, 403);
        books.MapPost(
                "/periods",
                (PeriodEndpoints periods, HttpContext context, CancellationToken token) => periods.RequestAsync(context, token))
            .WithName("RequestLedgerPeriod").Accepts<PeriodRequestBody>("application/json")
            .Produces<PeriodBody>(StatusCodes.Status201Created).Fails(400, 401, 403, 413, 415, 422, 503);
        books.MapPost(
                "/periods/{id}/approve",
                (string id, PeriodEndpoints periods, HttpContext context, CancellationToken token) =>
                    periods.ApproveAsync(id, context, token))
            .WithName("ApproveLedgerPeriod").Produces<PeriodBody>().Fails(400, 401, 403, 404, 413, 415, 422, 503);
    }
}
