using System.Numerics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace ChainExec.Sandbox;

/// <summary>What a customer sends to the exchange.</summary>
internal sealed record DepositRequest(Guid Owner, string Asset, BigInteger Amount);

/// <summary>What we ask the exchange to sell.</summary>
internal sealed record SellRequest(string Reference, string Asset, BigInteger Amount);

/// <summary>What the bank takes back.</summary>
internal sealed record ReturnRequest(string Transfer, string Reference, BigInteger Amount, string Reason);

/// <summary>What somebody sends to a customer's account number.</summary>
/// <param name="Parts">In how many parts it settles; one when left out.</param>
/// <param name="Refused">The return code with which it never settles; when left out it does.</param>
internal sealed record AchRequest(Guid Owner, BigInteger Amount, int? Parts, string? Refused);

/// <summary>What of an ACH transfer the bank takes back.</summary>
internal sealed record AchReturnRequest(string Transfer, BigInteger Amount, string Reason);

/// <summary>Builds the sandbox. The program runs it; tests run it in their own process.</summary>
internal static class SandboxHost
{
    /// <summary>The sandbox, not started.</summary>
    public static WebApplication Build(string[] args, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.Configuration.AddEnvironmentVariables("CHAINEXEC_");
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddOptions<SandboxOptions>().Bind(builder.Configuration.GetSection(SandboxOptions.Section))
            .ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Books>();
        builder.Services.AddSingleton<Mischief>();
        builder.Services.AddSingleton<Rail>();
        builder.Services.AddSingleton<WebhookSender>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<WebhookSender>());
        builder.Services.AddHttpClient();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.ConfigureHttpJsonOptions(options => SandboxJson.Configure(options.SerializerOptions));

        WebApplication app = builder.Build();
        app.MapPost("/exchange/deposits", Deposit);
        app.MapPost("/exchange/sell", Sell);
        app.MapPost("/bank/returns", Return);
        app.MapPost("/bank/ach", Announce);
        app.MapPost("/bank/ach/returns", ReturnAch);
        app.MapGet("/truth", (Books books) => books.Truth);
        return app;
    }

    private static IResult Deposit(DepositRequest request, Books books, WebhookSender webhooks)
    {
        Deposit deposit = books.Receive(request.Owner, request.Asset, request.Amount);
        webhooks.Tell(
            "exchange", "deposit.received", new { deposit = deposit.Id, deposit.Owner, deposit.Asset, deposit.Amount });
        return Results.Json(deposit, SandboxJson.Options);
    }

    private static IResult Sell(
        [FromHeader(Name = "Idempotency-Key")] string key, SellRequest request, Books books, WebhookSender webhooks, Mischief mischief,
        Rail rail, IOptions<SandboxOptions> options, HttpContext context)
    {
        bool strikes = mischief.Strikes();
        int kind = mischief.Draw(3);
        if (strikes && kind == 0)
            return Results.StatusCode(StatusCodes.Status429TooManyRequests);
        (Order? order, bool isNew) = books.Sell(key, request.Reference, request.Amount, options.Value.FeeBasisPoints);
        if (order is null)
            return Results.Json(
                new { code = "not_for_sale", detail = "There is no such deposit, or it is sold." }, SandboxJson.Options,
                statusCode: StatusCodes.Status422UnprocessableEntity);
        if (isNew)
            rail.Arrive(() =>
            {
                Transfer credit = books.Credit(order.Reference, order.Proceeds);
                webhooks.Tell("bank", "credit.booked", new { transfer = credit.Id, credit.Reference, credit.Amount });
            });

        // It is done, and nobody hears of it: the connection breaks, or a proxy answers in the exchange's place.
        if (strikes && kind == 1)
        {
            context.Abort();
            return Results.Empty;
        }

        if (strikes)
            return Results.StatusCode(StatusCodes.Status502BadGateway);
        return Results.Json(new { order = order.Id, order.Proceeds }, SandboxJson.Options, statusCode: StatusCodes.Status201Created);
    }

    private static IResult Return(ReturnRequest request, Books books, WebhookSender webhooks)
    {
        Returned returned = books.TakeBack(request.Transfer, request.Reference, request.Amount, request.Reason);
        webhooks.Tell(
            "bank", "credit.returned",
            new { @return = returned.Id, returned.Transfer, returned.Reference, returned.Amount, returned.Reason });
        return Results.Accepted();
    }

    private static IResult Announce(AchRequest request, Books books, WebhookSender webhooks, Rail rail)
    {
        Ach ach = books.Announce(request.Owner, request.Amount);
        webhooks.Tell("bank", "ach.initiated", new { transfer = ach.Id, ach.Owner, ach.Amount });
        int parts = Math.Clamp(request.Parts ?? 1, 1, 20);
        if (request.Refused is { } reason)
            rail.Arrive(() => webhooks.Tell("bank", "ach.refused", new { transfer = ach.Id, reason }));
        for (int part = 0; request.Refused is null && part < parts; part++)
        {
            BigInteger amount = (ach.Amount / parts) + (part == 0 ? ach.Amount % parts : 0);
            rail.Arrive(() =>
            {
                Settlement settled = books.Settle(ach.Id, amount);
                webhooks.Tell("bank", "ach.settled", new { settlement = settled.Id, settled.Transfer, settled.Amount });
            });
        }

        return Results.Json(ach, SandboxJson.Options);
    }

    private static IResult ReturnAch(AchReturnRequest request, Books books, WebhookSender webhooks)
    {
        Returned returned = books.TakeBack(request.Transfer, reference: "", request.Amount, request.Reason);
        webhooks.Tell(
            "bank", "ach.returned", new { @return = returned.Id, returned.Transfer, returned.Amount, returned.Reason });
        return Results.Accepted();
    }
}
