using ChainExec.Signer.Commands;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Policy;

namespace ChainExec.Signer;

/// <summary>The commands of <c>chainexec-signer</c>.</summary>
internal static class Program
{
    private const string Usage = """
        chainexec-signer [run]        --socket PATH --token-file FILE --keystore DIR --password-file FILE --policy FILE --journal FILE
        chainexec-signer keygen       --keystore DIR --password-file FILE [--name N] [--cost standard|light]
        chainexec-signer import       --keystore DIR --password-file FILE [--name N] [--cost standard|light]
        chainexec-signer enrol        --keystore DIR --password-file FILE --account ADDRESS [--cost standard|light]
        chainexec-signer unlock       --journal FILE --account ADDRESS --by WHO --reason TEXT
        chainexec-signer policy check --policy FILE
        chainexec-signer delegate     --keystore DIR --password-file FILE --policy FILE --journal FILE --chain ID --account ADDRESS
                                      --delegate ADDRESS --nonce N --max-fee-per-gas WEI --max-priority-fee-per-gas WEI
                                      [--gas-limit GAS] --out FILE
        keygen makes a key, import reads one as hex from its input; both print the address only. enrol
        makes an account one whose owner approves each effect, and prints the secret for the owner's authenticator once.
        unlock lets an account that wrong passwords locked take passwords again, while the signer is stopped; the journal keeps who did it.
        A light cost is for development keys.
        delegate makes the transaction by which a new account can send batches, while the signer is stopped: its signed bytes go to a new
        file, its hash is printed. The journal keeps it, and no payment is signed on its nonce or the next.
        Every option may also come from the environment: --token-file is CHAINEXEC_SIGNER__TOKEN_FILE.
        """;

    private static async Task<int> Main(string[] args)
    {
        try
        {
            return await DispatchAsync(args);
        }
        catch (Exception exception) when (exception is SignerStartException or JournalException)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }

    private static async Task<int> DispatchAsync(string[] args)
    {
        switch (args)
        {
            case ["--help" or "-h" or "help", ..]:
                Console.WriteLine(Usage);
                return 0;
            case ["keygen", .. string[] rest]:
                KeyCommands.Generate(Parse(rest, "--keystore", "--password-file", "--name", "--cost"), Console.Out);
                return 0;
            case ["import", .. string[] rest]:
                KeyCommands.Import(Parse(rest, "--keystore", "--password-file", "--name", "--cost"), Console.In, Console.Out);
                return 0;
            case ["enrol", .. string[] rest]:
                KeyCommands.Enrol(Parse(rest, "--keystore", "--password-file", "--account", "--cost"), Console.Out);
                return 0;
            case ["unlock", .. string[] rest]:
                JournalCommands.Unlock(Parse(rest, "--journal", "--account", "--by", "--reason"), TimeProvider.System, Console.Out);
                return 0;
            case ["delegate", .. string[] rest]:
                PosixFile.ForbidDumps();
                DelegateCommand.Run(Parse(rest, DelegateCommand.Options), TimeProvider.System, Console.Out);
                return 0;
            case ["policy", "check", .. string[] rest]:
                SigningPolicy policy = PolicyReader.ReadFile(Parse(rest, "--policy").Required("--policy"));
                Console.WriteLine($"The policy is valid: {policy.Chains.Count} chains.");
                return 0;
            case ["run", .. string[] rest]:
                await RunAsync(rest);
                return 0;
            case [] or [['-', ..], ..]:
                await RunAsync(args);
                return 0;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static Task RunAsync(string[] arguments)
    {
        CommandArguments parsed = Parse(
            arguments, "--socket", "--token-file", "--keystore", "--password-file", "--policy", "--journal");
        return RunCommand.RunAsync(RunOptions.From(parsed), TimeProvider.System, CancellationToken.None);
    }

    private static CommandArguments Parse(string[] arguments, params string[] known) =>
        CommandArguments.Parse(arguments, Environment.GetEnvironmentVariable, known);
}
