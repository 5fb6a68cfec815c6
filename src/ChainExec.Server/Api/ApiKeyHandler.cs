using System.Security.Claims;
using System.Text.Encodings.Web;
using ChainExec.Governance;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace ChainExec.Server.Api;

/// <summary>Knows callers by <c>Authorization: Bearer ce_…</c>. The key is hashed and looked up; never kept, logged or shown.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, OwnerStore owners)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string SchemeName = "ApiKey";

    private const string Prefix = "Bearer ";
    private const int KeyLengthMax = 200;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        StringValues header = Request.Headers.Authorization;
        if (header.Count == 0)
            return AuthenticateResult.NoResult();
        string? value = header.Count == 1 ? header[0] : null;
        if (value is null || value.Length > Prefix.Length + KeyLengthMax || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.Fail("Not a bearer key.");
        Caller? caller = await owners.FindCallerAsync(value[Prefix.Length..].Trim(), Context.RequestAborted);
        if (caller is null)
            return AuthenticateResult.Fail("No such key.");
        Context.Features.Set(caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, caller.Owner.ToString())], Scheme.Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name));
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        string detail = Request.Headers.Authorization.Count == 0
            ? "Send your API key as Authorization: Bearer ce_…"
            : "The API key is not known, or was revoked.";
        return new Problem(ProblemCode.Unauthorized, detail).ExecuteAsync(Context);
    }
}

/// <summary>Who asks.</summary>
internal static class CallerExtensions
{
    /// <summary>The caller of an endpoint that demands a key.</summary>
    public static Caller Caller(this HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The endpoint demands no key, and asks who called.");
}
