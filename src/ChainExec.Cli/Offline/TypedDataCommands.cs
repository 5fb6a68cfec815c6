using System.CommandLine;

namespace ChainExec.Cli.Offline;

/// <summary><c>chainexec typed-data</c>.</summary>
internal static class TypedDataCommands
{
    public static Command Create() => new("typed-data", "Typed structured data (EIP-712); offline.")
    {
        OfflineCommand.Create(
            "hash", """What a wallet signs: {"types","primaryType","domain","message"} to {"digest","domainSeparator","structHash"}. The """
            + "domain's type is the fields that are there, in the order of the standard, unless types has EIP712Domain. Every declared "
            + "field must be given and no other.",
            TypedDataTools.Hash, OfflineArgument.RequestOnly, [], secret: false, writeFields: null),
    };
}
