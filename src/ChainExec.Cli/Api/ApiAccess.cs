using ChainExec.Client;

namespace ChainExec.Cli.Api;

/// <summary>Makes clients of the service.</summary>
internal static class ApiAccess
{
    public static ChainExecClient Open(string? api, string? keyFile) => new(
        new HttpMessageInvoker(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }),
        Address(api), Settings.ApiKey(keyFile), TimeProvider.System);

    /// <exception cref="CliException">No address, or one that is no http address.</exception>
    public static Uri Address(string? api)
    {
        string text = Settings.Require(api, "CHAINEXEC_API", "--api");
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme is "http" or "https")
            ? uri
            : throw new CliException($"{text} is no http address.", CliException.Usage);
    }
}
