using System.CommandLine;
using ChainExec.Cli.Admin;
using ChainExec.Cli.Api;
using ChainExec.Cli.Demo;
using ChainExec.Cli.Doctor;
using ChainExec.Cli.Offline;
using ChainExec.Client;
using ChainExec.Custody;
using ChainExec.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChainExec.Cli;

/// <summary>
/// <c>chainexec</c>. Data goes to standard output, messages to standard error. Exit codes: 0 done, 1 not done or findings, 2 wrong usage,
/// 4 the service, the database or a node cannot be reached.
/// </summary>
internal static class Program
{
    private const int NotDone = 1;
    private const int Unreachable = 4;

    private const string Description = "Runs and looks into ChainExec.";

    // The offline commands answer at once: nothing of the engine is loaded for them.
    private static Task<int> Main(string[] args) =>
        OfflineCommands.Own(args) ? Task.FromResult(OfflineCommands.Run(Description, args)) : RunAsync(args);

    private static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand(Description)
        {
            MigrateCommand.Create(),
            OwnerCommands.Create(),
            KeyCommands.Create(),
            AccountCommands.Create(),
            AssetCommands.Create(),
            FactCommands.Create(),
            FlowCommands.Create(),
            CreditCommands.Create(),
            ProcessorCommands.Create(),
            FreezeCommands.Create(),
            ScreeningCommands.Create(),
            SenderCommands.Create(),
            SlotCommands.Create(),
            ChainCommands.Create(),
            IncidentCommands.Create(),
            IntentCommands.Create(),
            LedgerCommands.Create(),
            DoctorCommand.Create(),
            DemoCommand.Create(),
        };
        foreach (Command command in OfflineCommands.Create())
            root.Add(command.Name == "trace" ? OnlineTraceCommands.AddTo(command) : command);
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (CliException exception)
        {
            return await FailAsync(exception.ExitCode, exception.Message);
        }
        catch (ChainExecException exception)
        {
            foreach (ChainExecError error in exception.Errors)
                await Console.Error.WriteLineAsync($"{error.Field ?? error.Parameter}: {error.Message} ({error.Code})");
            return await FailAsync(exception.Status == 0 ? Unreachable : NotDone, $"{exception.Message} ({exception.Code})");
        }
        catch (Exception exception) when (exception is MigrationException or TimeoutException)
        {
            return await FailAsync(NotDone, exception.Message);
        }
        catch (SignerUnavailableException exception)
        {
            return await FailAsync(Unreachable, $"The signer cannot be asked: {exception.Message}");
        }
        catch (OptionsValidationException exception)
        {
            return await FailAsync(CliException.Usage, string.Join(Environment.NewLine, exception.Failures));
        }
        catch (PostgresException exception)
        {
            return await FailAsync(NotDone, $"The database refused: {exception.MessageText} ({exception.SqlState})");
        }
        catch (NpgsqlException exception)
        {
            return await FailAsync(Unreachable, $"The database cannot be used: {exception.Message}");
        }
        catch (OperationCanceledException)
        {
            return await FailAsync(NotDone, "Stopped.");
        }
    }

    private static async Task<int> FailAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
