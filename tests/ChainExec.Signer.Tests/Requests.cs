using ChainExec.Custody;

namespace ChainExec.Signer.Tests;

/// <summary>An ask as the engine sends it.</summary>
internal static class Requests
{
    public static SignRequest ToRequest(this Ask ask) => new(
        ask.Transaction, ask.Sender, ask.Family, ask.Carrier, ask.Epoch,
        ask.Purpose == ChainExec.Signer.Signing.SignPurpose.Fill ? SignPurpose.Fill : SignPurpose.Intent,
        ask.Members.Count == 0 ? null : ask.Members);
}
