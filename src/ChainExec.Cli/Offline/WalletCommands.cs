using System.CommandLine;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec wallet</c>.</summary>
internal static class WalletCommands
{
    public static Command Create() => new("wallet", "Keys of wallets; offline, for development.") { CreateDerive() };

    private static Command CreateDerive()
    {
        var path = new Option<string>("--path")
        {
            Description = "The key's path in the BIP-32 tree.",
            DefaultValueFactory = _ => Bip32Path.EthereumFirst.ToString(),
        };
        var passphrase = new Option<bool>("--passphrase")
        {
            Description = "There is a passphrase: it is asked for, or read from the second line of standard input.",
        };
        return OfflineCommand.Create(
            "derive", """The address of a key that a BIP-39 mnemonic and a BIP-32 path lead to: {"mnemonic","path","passphrase"?} to """
            + """{"address"}. The mnemonic is asked for, or read from the first line of standard input; it is never an argument.""",
            WalletTools.Derive, OfflineArgument.StandardInputOnly, [path, passphrase], secret: true, (result, input, request) =>
            {
                if (input is not null)
                    throw new CliException("A mnemonic is read from standard input, never from an argument.", CliException.Usage);
                request.WriteString("path", result.GetValue(path));
                StandardStreams.WriteSecret(request, "mnemonic", "Mnemonic");
                if (result.GetValue(passphrase))
                    StandardStreams.WriteSecret(request, "passphrase", "Passphrase");
            });
    }
}
