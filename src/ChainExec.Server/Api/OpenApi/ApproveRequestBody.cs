namespace ChainExec.Server.Api.OpenApi;

/// <summary>The body of an approval, as the API's description shows it.</summary>
/// <param name="Otp">The one-time password of the account owner's authenticator.</param>
internal sealed record ApproveRequestBody(string Otp);

/// <summary>The body of a rejection.</summary>
/// <param name="Reason">Why, in the owner's words; shown in the intent's detail.</param>
internal sealed record RejectRequestBody(string? Reason);
