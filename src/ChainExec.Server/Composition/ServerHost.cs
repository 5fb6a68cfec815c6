using ChainExec.Indexing;
using ChainExec.Server.Api;
using ChainExec.Server.Api.OpenApi;
using Microsoft.AspNetCore.Http.Timeouts;

namespace ChainExec.Server.Composition;

/// <summary>Builds the server. The program runs it; tests build it with their own settings and run it in their own process.</summary>
internal static class ServerHost
{
    private const int ConnectionsMax = 1_000;
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The server, not started.</summary>
    /// <param name="args">Command line: <c>--urls</c>, <c>--config FILE</c>, and any setting as <c>--Section:Key value</c>.</param>
    /// <param name="settings">Settings above all others; for tests.</param>
    /// <exception cref="StartRefusedException">The configuration does not make sense.</exception>
    public static WebApplication Build(string[] args, IEnumerable<KeyValuePair<string, string?>>? settings = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        Configure(builder.Configuration, args, settings);
        ConfigureLogging(builder.Logging);
        ConfigureWeb(builder);
        RolesOptions roles = RolesOptions.Read(builder.Configuration);
        builder.Services.AddSingleton(roles);
        builder.Services.AddEngine(builder.Configuration);
        builder.Services.AddHostedService<StartCheck>();
        if (roles.Indexes)
            builder.Services.AddIndexingHost();
        builder.Services.AddHostedService<WorkerHost>();
        builder.Services.AddApi();

        WebApplication app = builder.Build();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.UseRequestTimeouts();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        if (roles.ServesApi)
        {
            app.MapApi();
            app.MapOpenApi();
        }

        return app;
    }

    // Later sources win: appsettings, the file of --config, CHAINEXEC_ variables, the command line, a test's own settings.
    private static void Configure(ConfigurationManager configuration, string[] args, IEnumerable<KeyValuePair<string, string?>>? settings)
    {
        if (configuration["config"] is { Length: > 0 } file)
            configuration.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
        configuration.AddEnvironmentVariables("CHAINEXEC_");
        configuration.AddCommandLine(args);
        if (settings is not null)
            configuration.AddInMemoryCollection(settings);
    }

    private static void ConfigureLogging(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddJsonConsole(options =>
        {
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
        });
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("System.Net.Http.HttpClient", LogLevel.Warning);
    }

    private static void ConfigureWeb(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Limits.MaxRequestBodySize = RequestBody.DrainedBytesMax;
        });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.AddRequestTimeouts(options => options.DefaultPolicy = new RequestTimeoutPolicy { Timeout = RequestTimeout });
        builder.Services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        // Only the core: the whole would bring data protection, which writes keys of its own to the disk and is used for nothing here.
        builder.Services.AddAuthenticationCore(options =>
        {
            options.DefaultScheme = ApiKeyHandler.SchemeName;
            options.AddScheme<ApiKeyHandler>(ApiKeyHandler.SchemeName, displayName: null);
        });
        builder.Services.AddTransient<ApiKeyHandler>();
        builder.Services.AddWebEncoders();
        builder.Services.AddAuthorization();
        builder.Services.AddApiDescription();
    }
}
