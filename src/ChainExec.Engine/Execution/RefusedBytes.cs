using ChainExec.Calls;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>
/// What providers say of bytes that no fee can mend, and what follows. More gas may mend some, another form others; the last nothing can in
/// the slot, because its gas limit and its price never fall.
/// </summary>
internal sealed class RefusedBytes(AnswerStore answers, IntentEnding ending, IncidentStore incidents, UnitOfWork unitOfWork)
{
    private const string Actor = "worker:slot";
    private const int TriesMax = 3;

    private static readonly string[] Gas = ["intrinsic_gas"];
    private static readonly string[] Form = ["tx_type_unsupported", "malformed"];
    private static readonly string[] Hopeless = ["gas_limit", "gas_over_the_per_transaction_cap", "fee_cap_exceeded"];

    /// <summary>Whether all who answered say that the gas limit is too low.</summary>
    public static bool NeedMoreGas(IReadOnlyList<string> said) => AllSay(said, Gas);

    /// <summary>Whether all who answered say that they cannot read it.</summary>
    public static bool NeedAnotherForm(IReadOnlyList<string> said) => AllSay(said, Form);

    /// <summary>Whether as many as decide finality answered, and all say that the slot's payment cannot be sent.</summary>
    /// <param name="chain">Its chain.</param>
    /// <param name="said">The classes of their answers.</param>
    /// <param name="tries">How many prices were signed.</param>
    public static bool AreHopeless(ChainProfile chain, IReadOnlyList<string> said, int tries) =>
        said.Count >= chain.FinalityQuorum
        && (AllSay(said, Hopeless) || (tries >= TriesMax && AllSay(said, [.. Gas, .. Form])));

    /// <summary>
    /// Ends what nobody takes by a fill, which is smaller and cheaper. But what a pool took at an earlier price may be mined any time: then
    /// nothing is given up, and somebody is told that no higher price is to be had.
    /// </summary>
    /// <exception cref="StaleWriteException">The lease was lost.</exception>
    public async Task GiveUpAsync(
        NonceSlot slot, bool isFill, IReadOnlyList<string> said, int tries, CancellationToken cancellationToken)
    {
        string text = string.Join(", ", said.Distinct(StringComparer.Ordinal));
        if (isFill)
        {
            await TellStuckAsync(slot, text, cancellationToken);
            return;
        }

        bool wasAccepted = await unitOfWork.RunAsync(
            (session, token) => answers.WasAnyAcceptedAsync(session, slot.Id, token), cancellationToken);
        if (!wasAccepted)
            await ending.GiveUpAsync(slot, IntentWish.Unsendable, $"Every provider refuses its bytes: {text}.", Actor, cancellationToken);
        await unitOfWork.RunAsync(
            (session, token) => incidents.OpenAsync(
                session, wasAccepted ? "reprice_refused" : "payment_unsendable", slot.Id.ToString(), slot.Chain, slot.Sender,
                $"Every provider refuses the bytes of nonce {slot.Nonce} of {slot.Sender}: {text}. "
                + (wasAccepted ? "An earlier price was accepted: it is waited for." : "Its payments end, and it is filled."),
                new { slot.Nonce, said = text, prices = tries }, token),
            cancellationToken);
    }

    /// <summary>A fill cannot be prepared now.</summary>
    public Task TellStuckAsync(NonceSlot slot, string answer, CancellationToken cancellationToken) =>
        unitOfWork.RunAsync(
            (session, token) => incidents.OpenAsync(
                session, "fill_impossible", slot.Id.ToString(), slot.Chain, slot.Sender,
                $"Nonce {slot.Nonce} of {slot.Sender} cannot be prepared for the moment ({answer}): it is tried again.",
                new { slot.Nonce, answer }, token),
            cancellationToken);

    private static bool AllSay(IReadOnlyList<string> said, IReadOnlyList<string> classes) => said.Count > 0 && said.All(classes.Contains);
}
