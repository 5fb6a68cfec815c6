using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Execution;
using ChainExec.Storage;

namespace ChainExec.Admission;

/// <summary>A movement on chain that is equal to one which a payment is to make.</summary>
/// <param name="Status">Of its block: canonical or final.</param>
internal sealed record EqualMovement(Hash32 TxHash, long BlockNumber, string Status);

/// <summary>A foreign transaction that took enough native coin out of the account to be a payment by a detour.</summary>
/// <param name="Asked">What the payment is to move.</param>
/// <param name="Reached">What reached its recipient by the transaction's trace; nothing as long as it was not traced.</param>
internal sealed record UnseenMovement(
    Hash32 TxHash, long BlockNumber, Address To, TokenAmount Value, TokenAmount Asked, TokenAmount? Reached)
{
    /// <summary>Whether its trace shows that it was the payment.</summary>
    public bool IsEqual => Reached >= Asked;
}

/// <summary>
/// Finds movements that could be the payment itself, whoever made them: same account, recipient, asset and amount, in a block that is
/// canonical now. A transaction that another family signed, or that was adopted for one, explains itself and is not one.
/// </summary>
internal sealed class EqualMovements
{
    private const int ShownMax = 10;

    private const string NotOfAnother = """
        -- A batch of this family and others explains itself no more than one of this family alone.
        (not exists (select from execution.v_transaction_intent o
                     where o.chain_id = @chain and o.tx_hash = x.tx_hash and o.intent_id <> @root)
         or exists (select from execution.v_transaction_intent o
                    where o.chain_id = @chain and o.tx_hash = x.tx_hash and o.intent_id = @root))
        and not exists (select from execution.v_adoption o
                        where o.chain_id = @chain and o.tx_hash = x.tx_hash and o.intent_id <> @root)
        """;

    private const string TokenSql = $"""
        select x.tx_hash, x.block_number, x.status from indexing.v_log x
        where  x.chain_id = @chain and x.block_number >= @first and x.is_canonical and x.address = @contract
        and    x.topics[1] = @transfer and x.topics[2] = @from and x.topics[3] = @to and x.data = @amount and {NotOfAnother}
        order  by x.block_number, x.log_index limit @limit
        """;

    private const string NativeSql = $"""
        select x.tx_hash, x.block_number, x.status from indexing.v_transaction x
        where  x.chain_id = @chain and x.block_number >= @first and x.is_canonical and x.succeeded
        and    x."from" = @from and x."to" = @to and x.value = @amount and {NotOfAnother}
        order  by x.block_number, x.tx_index limit @limit
        """;

    private const string SameCallSql = $"""
        select x.tx_hash, x.block_number, x.status from indexing.v_transaction x
        where  x.chain_id = @chain and x.block_number >= @first and x.is_canonical and x.succeeded
        and    x."from" = @from and x."to" = @to and x.value = @amount and x.input_hash = @input and {NotOfAnother}
        order  by x.block_number, x.tx_index limit @limit
        """;

    // Native coin that a contract passes on is in no log: where it went from there only a trace shows.
    private const string UnseenSql = $"""
        select x.tx_hash, x.block_number, x."to", x.value, traced.reached
        from   indexing.v_transaction x
        left   join lateral (
            select coalesce(sum(f.value) filter (where f."to" = @to and not f.undone
                                                 and f.type not in ('static_call', 'delegate_call', 'call_code')), 0) as reached
            from   attribution.v_frame f
            where  f.chain_id = x.chain_id and f.block_hash = x.block_hash and f.incarnation = x.incarnation and f.tx_hash = x.tx_hash
            having count(*) > 0) traced on true
        where  x.chain_id = @chain and x.block_number >= @first and x.is_canonical and x.succeeded
        and    x."from" = @from and x."to" <> @to and x.value >= @amount and {NotOfAnother}
        order  by x.block_number, x.tx_index limit @limit
        """;

    /// <summary>
    /// Transactions of the account that nobody here signed and that sent at least as much native coin as a payment of it, elsewhere: only
    /// a trace shows whether it reached the recipient by way of a contract. None for payments of tokens, whose every movement is in a log.
    /// </summary>
    public async Task<IReadOnlyList<UnseenMovement>> UnseenAsync(
        DbSession session, Intent member, IReadOnlyList<BlockchainCall> calls, long firstBlock, CancellationToken cancellationToken)
    {
        var found = new List<UnseenMovement>();
        foreach (ExpectedMovement movement in calls.SelectMany(call => call.Expected)
            .Where(movement => movement.Contract is null && !movement.Amount.IsZero))
        {
            found.AddRange(await Of(session, UnseenSql, member, firstBlock).With("from", movement.From).With("to", movement.To)
                .With("amount", movement.Amount)
                .ReadAsync(
                    reader => new UnseenMovement(
                        reader.Hash("tx_hash"), reader.Long("block_number"), reader.Address("to"), reader.Amount("value"),
                        movement.Amount, reader.AmountOrNull("reached")),
                    cancellationToken));
        }

        return [.. found.DistinctBy(movement => movement.TxHash).Take(ShownMax)];
    }

    public async Task<IReadOnlyList<EqualMovement>> FindAsync(
        DbSession session, Intent member, IReadOnlyList<BlockchainCall> calls, long firstBlock, CancellationToken cancellationToken)
    {
        var found = new List<EqualMovement>();
        foreach (BlockchainCall call in calls)
        {
            foreach (ExpectedMovement movement in call.Expected)
            {
                Statement statement = movement.Contract is { } contract
                    ? Of(session, TokenSql, member, firstBlock).With("contract", contract).With("transfer", ObservedMovements.TransferTopic)
                        .With("from", Word(movement.From)).With("to", Word(movement.To)).With("amount", Word(movement.Amount))
                    : Of(session, NativeSql, member, firstBlock).With("from", movement.From).With("to", movement.To)
                        .With("amount", movement.Amount);
                found.AddRange(await ReadAsync(statement, cancellationToken));
            }

            // What the call is to move may be nothing that a log shows: the very same call is no less of an answer.
            found.AddRange(await ReadAsync(
                Of(session, SameCallSql, member, firstBlock).With("from", member.Sender).With("to", call.To).With("amount", call.Value)
                    .With("input", Keccak256.Hash(call.Data.Span)),
                cancellationToken));
        }

        return [.. found.DistinctBy(movement => movement.TxHash).Take(ShownMax)];
    }

    private static Statement Of(DbSession session, string sql, Intent member, long firstBlock) =>
        session.Sql(sql).With("chain", member.Chain).With("root", member.Root).With("first", firstBlock).With("limit", ShownMax);

    private static Task<IReadOnlyList<EqualMovement>> ReadAsync(Statement statement, CancellationToken cancellationToken) =>
        statement.ReadAsync(
            reader => new EqualMovement(reader.Hash("tx_hash"), reader.Long("block_number"), reader.Text("status")), cancellationToken);

    private static ReadOnlyMemory<byte> Word(Address address)
    {
        byte[] word = new byte[32];
        address.CopyTo(word.AsSpan(12));
        return word;
    }

    private static ReadOnlyMemory<byte> Word(TokenAmount amount)
    {
        byte[] word = new byte[32];
        byte[] value = amount.BaseUnits.ToByteArray(isUnsigned: true, isBigEndian: true);
        value.CopyTo(word.AsSpan(32 - value.Length));
        return word;
    }
}
