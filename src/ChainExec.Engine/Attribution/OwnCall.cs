using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;

namespace ChainExec.Attribution;

/// <summary>A business call of ours that a transaction was sent for.</summary>
/// <param name="Account">The account that was to make it.</param>
internal sealed record OwnCall(
    Guid Id, Guid Intent, Guid? Owner, Address Account, string Type, Address To, TokenAmount Value, ReadOnlyMemory<byte> Data,
    IReadOnlyList<ExpectedMovement> Expected, CallLabel Label)
{
    // More than the gas of a transaction can pay for.
    private const int CallsMax = 20_000;

    /// <summary>
    /// What a transaction was sent for, by the execution module's own record of it, and what it carried of our operations, whoever sent it;
    /// in the order of the batch.
    /// </summary>
    public static Task<IReadOnlyList<OwnCall>> OfAsync(DbSession session, ChainTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql = $"""
            select c.id, c.intent_id, i.owner_id, i.sender, c.type, c."to", c.value, c.data, c.expected, c.category, c.tags, c.context
            from   (select intent_id from execution.v_transaction_intent where chain_id = @chain and tx_hash = @hash
                    union
                    {OwnOperations.IntentsOfTransaction}) t
            join   calls.v_call c on c.intent_id = t.intent_id
            left   join execution.v_intent i on i.intent_id = t.intent_id
            order  by t.intent_id, c.ordinal
            limit  @limit
            """;
        return OwnOperations.Bind(session.Sql(sql), transaction).With("limit", CallsMax).ReadAsync(
            reader => new OwnCall(
                reader.Uuid("id"), reader.Uuid("intent_id"), reader.UuidOrNull("owner_id"),
                reader.AddressOrNull("sender") ?? transaction.From, reader.Text("type"), reader.Address("to"), reader.Amount("value"),
                reader.Bytes("data"),
                JsonSerializer.Deserialize<IReadOnlyList<ExpectedMovement>>(reader.Text("expected"), FactJson.Options)!,
                CallLabels.Read(reader)),
            cancellationToken);
    }
}
