using System.CommandLine;
using Microsoft.Extensions.Configuration;

namespace ChainExec.Cli;

/// <summary>Where commands find what they work on: an option, or the environment. A secret is never an option's value.</summary>
internal static class Settings
{
    private const int KeyBytesMax = 4096;

    public static Option<string?> Database() => new("--database")
    {
        Description = "Connection string of the role ce_app. Default: CHAINEXEC_DATABASE, then Storage:ConnectionString of --config.",
    };

    public static Option<string?> Config() => new("--config")
    {
        Description = "The server's configuration file. Default: CHAINEXEC_CONFIG.",
    };

    public static Option<string?> Api() => new("--api") { Description = "Address of the service. Default: CHAINEXEC_API." };

    public static Option<string?> KeyFile() => new("--key-file")
    {
        Description = "File with the API key. Default: the key in CHAINEXEC_API_KEY.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON." };

    /// <summary>An option's value, or the environment's.</summary>
    /// <exception cref="CliException">Neither is there.</exception>
    public static string Require(string? option, string variable, string name) =>
        Or(option, variable) ?? throw new CliException($"{name} is needed: give {name} or set {variable}.", CliException.Usage);

    public static string? Or(string? option, string variable) =>
        option is { Length: > 0 } ? option : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>The key of a file, or of the environment.</summary>
    public static string ApiKey(string? keyFile)
    {
        if (keyFile is null)
        {
            return Environment.GetEnvironmentVariable("CHAINEXEC_API_KEY") is { Length: > 0 } key
                ? key.Trim()
                : throw new CliException("An API key is needed: set CHAINEXEC_API_KEY or give --key-file.", CliException.Usage);
        }

        var file = new FileInfo(keyFile);
        return file is { Exists: true, Length: > 0 and <= KeyBytesMax }
            ? File.ReadAllText(file.FullName).Trim()
            : throw new CliException($"{keyFile} is no file with an API key.", CliException.Usage);
    }

    /// <summary>The configuration as the server reads it: file, then environment, then what is given here.</summary>
    public static IConfiguration Configuration(string? config, string? database)
    {
        var builder = new ConfigurationBuilder();
        if (Or(config, "CHAINEXEC_CONFIG") is { } file)
        {
            string path = Path.GetFullPath(file);
            if (!File.Exists(path))
                throw new CliException($"There is no configuration file {path}.", CliException.Usage);
            builder.AddJsonFile(path, optional: false, reloadOnChange: false);
        }

        builder.AddEnvironmentVariables().AddEnvironmentVariables("CHAINEXEC_");
        if (Or(database, "CHAINEXEC_DATABASE") is { } connection)
            builder.AddInMemoryCollection([new KeyValuePair<string, string?>("Storage:ConnectionString", connection)]);
        IConfigurationRoot configuration = builder.Build();
        return configuration["Storage:ConnectionString"] is { Length: > 0 }
            ? configuration
            : throw new CliException("A database is needed: give --database or --config, or set CHAINEXEC_DATABASE.", CliException.Usage);
    }
}
