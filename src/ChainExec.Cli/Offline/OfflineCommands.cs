using System.CommandLine;
using ChainExec.Cli.Admin;

namespace ChainExec.Cli.Offline;

/// <summary>
/// The commands that need no service, no database and no node. They run from a tree of their own: the rest of the tool, and the engine it
/// looks into, is not even loaded.
/// </summary>
internal static class OfflineCommands
{
    private const int BrokenPipe = 32;

    private static readonly ParserConfiguration Parsing = new()
    {
        // A value may begin with @; it is no file with arguments.
        ResponseFileTokenReplacer = null,
    };

    /// <summary>The commands, for the tool's help.</summary>
    public static IEnumerable<Command> Create() =>
    [
        AbiCommands.Create(),
        RlpCommands.Create(),
        KeccakCommand.Create(),
        TransactionCommands.Create(),
        TypedDataCommands.Create(),
        WalletCommands.Create(),
        RpcCommands.Create(),
        TraceCommands.Create(),
    ];

    /// <summary>True when the arguments name one of them; some words below <c>trace</c> ask the service or its database.</summary>
    public static bool Own(string[] args) =>
        args.Length > 0 && !OnlineTraceCommands.Own(args)
        && args[0] is "abi" or "rlp" or "keccak" or "tx" or "typed-data" or "wallet" or "rpc" or "trace";

    /// <summary>Runs it.</summary>
    public static int Run(string description, string[] args)
    {
        var root = new RootCommand(description);
        foreach (Command command in Create())
            root.Add(command);
        try
        {
            return root.Parse(args, Parsing).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (CliException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return exception.ExitCode;
        }
        catch (IOException exception) when (exception.HResult == BrokenPipe)
        {
            // Whoever read the answers has enough of them, as head does.
            return 0;
        }
        catch (IOException exception)
        {
            Console.Error.WriteLine($"Standard input or output failed: {exception.Message}");
            return 1;
        }
    }
}
