using System.Text.Json;

namespace ChainExec.Facts.Contracts;

/// <summary>
/// A processor that was changed and run again does not say any more what an earlier version of it had told. Whoever acted on the fact
/// undoes what came of it.
/// </summary>
/// <param name="Version">The version that does not say it.</param>
/// <param name="FactType">The type of the fact that is withdrawn.</param>
/// <param name="Payload">Its payload.</param>
internal sealed record FactWithdrawn(
    ChainTransaction Transaction, string Processor, int Version, int LogIndex, string FactType, JsonElement Payload) : IFactPayload
{
    public static string Type => "attribution.fact_withdrawn";
}
