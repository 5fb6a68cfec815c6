namespace ChainExec.Signer.Commands;

/// <summary>
/// The options of one command: <c>--name value</c>, or the environment variable <c>CHAINEXEC_SIGNER__NAME</c> (upper case, dashes as
/// underscores) where the command line says nothing. Strict: an option that the command does not know is refused, because a misspelt one
/// would silently do nothing.
/// </summary>
internal sealed class CommandArguments
{
    private const string EnvironmentPrefix = "CHAINEXEC_SIGNER__";

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Func<string, string?> _environment;

    private CommandArguments(Func<string, string?> environment) => _environment = environment;

    /// <summary>Reads the arguments after the command. Throws <see cref="SignerStartException"/>.</summary>
    internal static CommandArguments Parse(ReadOnlySpan<string> arguments, Func<string, string?> environment, params string[] known)
    {
        var parsed = new CommandArguments(environment);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string name = arguments[i];
            if (!known.Contains(name))
                throw new SignerStartException($"Unknown option {name}. Known: {string.Join(", ", known)}.");
            if (i + 1 == arguments.Length)
                throw new SignerStartException($"The option {name} needs a value.");
            if (!parsed._values.TryAdd(name, arguments[i + 1]))
                throw new SignerStartException($"The option {name} is given twice.");
        }

        return parsed;
    }

    /// <summary>The value of an option, or null.</summary>
    internal string? Optional(string name)
    {
        if (_values.TryGetValue(name, out string? value))
            return value;
        string? fromEnvironment = _environment(EnvironmentName(name));
        return string.IsNullOrEmpty(fromEnvironment) ? null : fromEnvironment;
    }

    /// <summary>The value of an option. Throws <see cref="SignerStartException"/> when there is none.</summary>
    internal string Required(string name) =>
        Optional(name) ?? throw new SignerStartException($"The option {name} (or {EnvironmentName(name)}) is missing.");

    private static string EnvironmentName(string name) => EnvironmentPrefix + name.TrimStart('-').Replace('-', '_').ToUpperInvariant();
}
