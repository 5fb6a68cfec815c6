using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using ChainExec.Storage;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Attribution;

/// <summary>
/// A transaction as a person reads it. An owner finds the transactions that carry a call of its own or touch one of its accounts; what a
/// call means is told to its owner only, whoever else has calls in the same batch.
/// </summary>
internal sealed class TransactionTreeQueries(Database database, IndexingQueries index)
{
    /// <summary>Frames shown at most.</summary>
    public const int FramesMax = 2000;

    private const int BlocksMax = 5;
    private const int RowsMax = 20_000;

    /// <summary>The transaction in every block that ever held it, the canonical one first; none when it concerns others only.</summary>
    public async Task<IReadOnlyList<TransactionTree>> FindAsync(
        long chain, Hash32 hash, Guid owner, CancellationToken cancellationToken)
    {
        IReadOnlyList<IndexedTransaction> indexed =
            [.. (await index.TransactionAsync(chain, hash, cancellationToken)).Take(BlocksMax)];
        if (indexed.Count == 0 || !await ConcernsAsync(indexed[0].Transaction, owner, cancellationToken))
            return [];
        var trees = new List<TransactionTree>();
        foreach (IndexedTransaction one in indexed)
            trees.Add(await TreeAsync(one, owner, cancellationToken));
        return trees;
    }

    private async Task<bool> ConcernsAsync(ChainTransaction transaction, Guid owner, CancellationToken cancellationToken)
    {
        const string sql = """
            select exists (select from execution.v_transaction_intent t join execution.v_intent i on i.intent_id = t.intent_id
                           where t.chain_id = @chain and t.tx_hash = @hash and i.owner_id = @owner)
                or exists (select from custody.v_account a
                           where a.chain_id = @chain and a.owner_id = @owner and (a.address = any (@named) or a.address in (
                               select m."from" from attribution.v_movement m where m.chain_id = @chain and m.tx_hash = @hash
                               union all
                               select m."to" from attribution.v_movement m where m.chain_id = @chain and m.tx_hash = @hash))) as concerns
            """;
        Address[] named = transaction.To is { } to ? [transaction.From, to] : [transaction.From];
        return (await database.ReadAsync(
            sql,
            statement => statement.With("chain", transaction.Chain).With("hash", transaction.TxHash).With("owner", owner)
                .WithArray("named", named, NpgsqlDbType.Bytea),
            reader => reader.Bool("concerns"), cancellationToken))[0];
    }

    private async Task<TransactionTree> TreeAsync(IndexedTransaction indexed, Guid owner, CancellationToken cancellationToken)
    {
        IReadOnlyList<TreeMovement> movements = await MovementsAsync(indexed.Transaction, cancellationToken);
        if (await AttributionAsync(indexed.Transaction, cancellationToken) is not { } found)
            return new TransactionTree(indexed, null, [], [], [], [.. indexed.Logs.Select(log => new TreeLog(log, null, null, null))],
                movements, FrameCount: 0);
        ILookup<int, TreeFinding> findings = (await FindingsAsync(found.Id, owner, cancellationToken)).ToLookup(
            row => row.Ordinal, row => row.Finding);
        Dictionary<int, (string Role, int? Frame, int? Ordinal)> places = await PlacesAsync(found.Id, cancellationToken);
        (IReadOnlyList<TreeFrame> frames, long count) = await FramesAsync(found.Id, cancellationToken);
        return new TransactionTree(
            indexed, found, await OperationsAsync(found.Id, cancellationToken),
            await CallsAsync(found.Id, owner, findings, cancellationToken), frames,
            [
                .. indexed.Logs.Select(log => places.TryGetValue(log.LogIndex, out (string Role, int? Frame, int? Ordinal) place)
                    ? new TreeLog(log, place.Role, place.Frame, place.Ordinal)
                    : new TreeLog(log, null, null, null)),
            ],
            movements, count);
    }

    private async Task<TreeAttribution?> AttributionAsync(ChainTransaction transaction, CancellationToken cancellationToken)
    {
        const string sql = """
            select transaction_id, state, basis, reason, detail, generation from attribution.v_transaction
            where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @hash
            """;
        IReadOnlyList<TreeAttribution> rows = await database.ReadAsync(
            sql, statement => Bind(statement, transaction),
            reader => new TreeAttribution(
                reader.Long("transaction_id"), reader.State<AttributionState>("state"), reader.TextOrNull("basis"),
                reader.TextOrNull("reason"), reader.TextOrNull("detail"), reader.Int("generation")),
            cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    private Task<IReadOnlyList<TreeOperation>> OperationsAsync(long id, CancellationToken cancellationToken) => database.ReadAsync(
        "select operation, kind, account, contract, user_op_hash, succeeded, frame from attribution.v_operation "
        + "where transaction_id = @id order by operation limit @limit",
        statement => statement.With("id", id).With("limit", RowsMax),
        reader => new TreeOperation(
            reader.Int("operation"), reader.Text("kind"), reader.Address("account"), reader.Address("contract"),
            reader.HashOrNull("user_op_hash"), reader.Bool("succeeded"), reader.Int("frame")),
        cancellationToken);

    private Task<IReadOnlyList<TreeCall>> CallsAsync(
        long id, Guid owner, ILookup<int, TreeFinding> findings, CancellationToken cancellationToken)
    {
        // A call of ours that nothing in the transaction is, is told to its owner only.
        const string sql = """
            select r.ordinal, r.operation, r.call_index, r."to", r.value, r.selector, r.reached, r.succeeded, r.frame, r.revert_reason,
                   r.gas_share, r.fee_share, c.id as call_id, c.intent_id, c.type, c.data, c.category, c.tags, c.context
            from   attribution.v_call_result r
            left   join execution.v_intent i on i.intent_id = r.intent_id and i.owner_id = @owner
            left   join calls.v_call c on c.id = r.call_id and i.intent_id is not null
            where  r.transaction_id = @id and (r.operation is not null or i.intent_id is not null)
            order  by r.ordinal
            limit  @limit
            """;
        return database.ReadAsync(
            sql, statement => statement.With("id", id).With("owner", owner).With("limit", RowsMax),
            reader =>
            {
                int ordinal = reader.Int("ordinal");
                return new TreeCall(
                    ordinal, reader.IntOrNull("operation"), reader.IntOrNull("call_index"), reader.AddressOrNull("to"),
                    reader.Amount("value"), reader.IsDBNull(reader.GetOrdinal("selector")) ? null : reader.Bytes("selector"),
                    reader.Bool("reached"), reader.Bool("succeeded"), reader.IntOrNull("frame"), reader.TextOrNull("revert_reason"),
                    reader.Amount("gas_share"), reader.Amount("fee_share"), ReadOwn(reader), [.. findings[ordinal]]);
            },
            cancellationToken);
    }

    private Task<IReadOnlyList<(int Ordinal, TreeFinding Finding)>> FindingsAsync(
        long id, Guid owner, CancellationToken cancellationToken) => database.ReadAsync(
        """
        select f.ordinal, f.kind, f.expected, f.observed
        from   attribution.v_finding f join execution.v_intent i on i.intent_id = f.intent_id and i.owner_id = @owner
        where  f.transaction_id = @id order by f.finding limit @limit
        """,
        statement => statement.With("id", id).With("owner", owner).With("limit", RowsMax),
        reader => (reader.Int("ordinal"), new TreeFinding(reader.Text("kind"), Json(reader, "expected"), Json(reader, "observed"))),
        cancellationToken);

    private async Task<(IReadOnlyList<TreeFrame> Frames, long Count)> FramesAsync(long id, CancellationToken cancellationToken)
    {
        const string sql = """
            select frame, parent, depth, position, type, "from", "to", value, gas, gas_used, input, input_size, error, revert_reason,
                   undone, count(*) over () as frames
            from   attribution.v_frame where transaction_id = @id order by frame limit @limit
            """;
        long count = 0;
        IReadOnlyList<TreeFrame> frames = await database.ReadAsync(
            sql, statement => statement.With("id", id).With("limit", FramesMax),
            reader =>
            {
                count = reader.Long("frames");
                return new TreeFrame(
                    reader.Int("frame"), reader.IntOrNull("parent"), reader.Int("depth"), reader.Int("position"), reader.Text("type"),
                    reader.Address("from"), reader.AddressOrNull("to"), reader.AmountOrNull("value"), reader.Amount("gas"),
                    reader.Amount("gas_used"), reader.Bytes("input"), reader.Int("input_size"), reader.TextOrNull("error"),
                    reader.TextOrNull("revert_reason"), reader.Bool("undone"));
            },
            cancellationToken);
        return (frames, count);
    }

    private async Task<Dictionary<int, (string Role, int? Frame, int? Ordinal)>> PlacesAsync(
        long id, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            "select log_index, role, frame, ordinal from attribution.v_log where transaction_id = @id limit @limit",
            statement => statement.With("id", id).With("limit", RowsMax),
            reader => (reader.Int("log_index"), (reader.Text("role"), reader.IntOrNull("frame"), reader.IntOrNull("ordinal"))),
            cancellationToken)).ToDictionary(row => row.Item1, row => row.Item2);

    private Task<IReadOnlyList<TreeMovement>> MovementsAsync(ChainTransaction transaction, CancellationToken cancellationToken) =>
        database.ReadAsync(
            """
            select kind, log_index, asset_id, "from", "to", amount, phase from attribution.v_movement
            where  chain_id = @chain and block_hash = @block and incarnation = @incarnation and tx_hash = @hash
            order  by log_index limit @limit
            """,
            statement => Bind(statement, transaction).With("limit", RowsMax),
            reader => new TreeMovement(
                reader.Text("kind"), reader.Int("log_index"), reader.Text("asset_id"), reader.Address("from"),
                reader.AddressOrNull("to"), reader.Amount("amount"), reader.Text("phase")),
            cancellationToken);

    private static Statement Bind(Statement statement, ChainTransaction transaction) => statement
        .With("chain", transaction.Chain).With("block", transaction.BlockHash).With("incarnation", transaction.Incarnation)
        .With("hash", transaction.TxHash);

    private static TreeOwnCall? ReadOwn(NpgsqlDataReader reader) => reader.UuidOrNull("call_id") is not { } call
        ? null
        : new TreeOwnCall(
            call, reader.Uuid("intent_id"), reader.Text("type"), reader.Bytes("data"),
            CallLabels.Read(reader));

    private static JsonElement? Json(NpgsqlDataReader reader, string column) =>
        reader.TextOrNull(column) is { } text ? JsonSerializer.Deserialize<JsonElement>(text) : null;
}
