namespace ChainExec.Facts.Contracts;

/// <summary>
/// A movement became final on a nonce of which a transaction was undone: it takes the place of what was compensated, and is nobody's new
/// deposit or payment.
/// </summary>
/// <param name="Intent">The intent whose transaction moved it; nothing when it is not ours to explain.</param>
internal sealed record MovementRestored(ChainTransaction Transaction, Movement Movement, Guid? Intent) : IFactPayload
{
    public static string Type => "attribution.movement_restored";
}
