using System.Text;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Traces;
using ChainExec.Facts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Attribution;

/// <summary>Writes what a transaction was taken apart into, set by set. Insert-only: each decision has a generation of its own.</summary>
internal sealed class BreakdownStore(BatchTable batches)
{
    // The batch functions by which calls are told apart: a decision names them.
    private readonly Hash32 _batchTable = Keccak256.Hash(Encoding.UTF8.GetBytes(
        string.Join('\n', batches.Definitions.Select(row => $"{row.Function.Signature} {row.Opens}"))));

    private const int InputKept = 1028;
    private const int TextLengthMax = 1024;

    /// <param name="grounds">What it stands on; nothing for a receipt that is read when it comes.</param>
    public async Task WriteAsync(
        DbSession session, TrackedTransaction tracked, TransactionBreakdown breakdown, Grounds? grounds,
        CancellationToken cancellationToken)
    {
        await WriteGroundsAsync(session, tracked, breakdown.Basis, grounds, cancellationToken);
        if (breakdown.Frames.Count > 0)
            await WriteFramesAsync(session, tracked, breakdown.Frames, cancellationToken);
        if (breakdown.Operations.Count > 0)
            await WriteOperationsAsync(session, tracked, breakdown.Operations, cancellationToken);
        if (breakdown.Calls.Count > 0)
            await WriteCallsAsync(session, tracked, breakdown.Calls, cancellationToken);
        if (breakdown.Logs.Count > 0)
            await WriteLogsAsync(session, tracked, breakdown.Logs, cancellationToken);
        if (breakdown.Findings.Count > 0)
            await WriteFindingsAsync(session, tracked, breakdown.Findings, cancellationToken);
    }

    /// <summary>Each log of a transaction of which nobody can say whose it is.</summary>
    public Task WriteUnattributedAsync(
        DbSession session, TrackedTransaction tracked, IReadOnlyList<ObservedLog> logs, CancellationToken cancellationToken) =>
        logs.Count == 0
            ? Task.CompletedTask
            : WriteLogsAsync(
                session, tracked, [.. logs.Select(log => new LogPlace(log.LogIndex, LogRole.Unattributed, null, null))], cancellationToken);

    private Task<int> WriteGroundsAsync(
        DbSession session, TrackedTransaction tracked, AttributionBasis basis, Grounds? grounds, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.decision (transaction_id, generation, basis, witnesses, proven, listed_by, batch_table)
            values (@id, @generation, @basis, @witnesses, @proven, coalesce(@listed_by::timestamptz, storage.clock()), @batch_table)
            """;
        return Of(session, sql, tracked).With("basis", basis).WithArray("witnesses", grounds?.Witnesses ?? [], NpgsqlDbType.Text)
            .With("proven", grounds?.Proven ?? true).With("listed_by", grounds?.ListedBy).With("batch_table", _batchTable)
            .ExecuteAsync(cancellationToken);
    }

    private static Task<int> WriteFramesAsync(
        DbSession session, TrackedTransaction tracked, IReadOnlyList<TracedCall> frames, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.frame (transaction_id, generation, frame, parent, depth, position, type, "from", "to", value, gas,
                                           gas_used, selector, input, input_size, error, revert_reason, undone)
            select @id, @generation, f.*
            from   unnest(@frames, @parents, @depths, @positions, @types, @froms, @tos, @values::numeric[], @gas, @gas_used, @selectors,
                          @inputs, @input_sizes, @errors, @reasons, @undone) as f
            """;
        return Of(session, sql, tracked)
            .WithArray("frames", [.. frames.Select(call => call.Index)], NpgsqlDbType.Integer)
            .WithArray("parents", [.. frames.Select(call => call.ParentIndex)], NpgsqlDbType.Integer)
            .WithArray("depths", [.. frames.Select(call => call.Depth)], NpgsqlDbType.Integer)
            .WithArray("positions", [.. frames.Select(call => call.Position)], NpgsqlDbType.Integer)
            .WithArray("types", [.. frames.Select(call => EnumText.Of(call.Frame.Type))], NpgsqlDbType.Text)
            .WithArray("froms", [.. frames.Select(call => call.Frame.From)], NpgsqlDbType.Bytea)
            .WithArray("tos", [.. frames.Select(call => call.Frame.To)], NpgsqlDbType.Bytea)
            .WithArray("values", [.. frames.Select(call => call.Frame.Value?.ToString())], NpgsqlDbType.Text)
            .WithArray("gas", [.. frames.Select(call => new TokenAmount(call.Frame.Gas))], NpgsqlDbType.Numeric)
            .WithArray("gas_used", [.. frames.Select(call => new TokenAmount(call.Frame.GasUsed))], NpgsqlDbType.Numeric)
            .WithArray("selectors", [.. frames.Select(call => SelectorOf(call.Frame))], NpgsqlDbType.Bytea)
            .WithArray("inputs", [.. frames.Select(call => Kept(call.Frame.Input))], NpgsqlDbType.Bytea)
            .WithArray("input_sizes", [.. frames.Select(call => call.Frame.Input.Length)], NpgsqlDbType.Integer)
            .WithArray("errors", [.. frames.Select(call => Storable(call.Frame.Error))], NpgsqlDbType.Text)
            .WithArray("reasons", [.. frames.Select(call => Storable(ReasonOf(call.Frame)))], NpgsqlDbType.Text)
            .WithArray("undone", [.. frames.Select(call => call.Undone)], NpgsqlDbType.Boolean)
            .ExecuteAsync(cancellationToken);
    }

    private static Task<int> WriteOperationsAsync(
        DbSession session, TrackedTransaction tracked, IReadOnlyList<AttributedOperation> operations, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.operation (transaction_id, generation, operation, kind, account, contract, user_op_hash, succeeded,
                                               frame)
            select @id, @generation, o.*
            from   unnest(@operations, @kinds, @accounts, @contracts, @hashes, @succeeded, @frames) as o
            """;
        return Of(session, sql, tracked)
            .WithArray("operations", [.. Enumerable.Range(0, operations.Count)], NpgsqlDbType.Integer)
            .WithArray("kinds", [.. operations.Select(operation => EnumText.Of(operation.Kind))], NpgsqlDbType.Text)
            .WithArray("accounts", [.. operations.Select(operation => operation.Account)], NpgsqlDbType.Bytea)
            .WithArray("contracts", [.. operations.Select(operation => operation.Contract)], NpgsqlDbType.Bytea)
            .WithArray("hashes", [.. operations.Select(operation => operation.UserOpHash)], NpgsqlDbType.Bytea)
            .WithArray("succeeded", [.. operations.Select(operation => operation.Success)], NpgsqlDbType.Boolean)
            .WithArray("frames", [.. operations.Select(operation => operation.FrameIndex)], NpgsqlDbType.Integer)
            .ExecuteAsync(cancellationToken);
    }

    private static Task<int> WriteCallsAsync(
        DbSession session, TrackedTransaction tracked, IReadOnlyList<CallResult> calls, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.call_result (transaction_id, generation, ordinal, operation, call_index, intent_id, call_id, "to",
                                                 value, selector, reached, succeeded, frame, revert_reason, gas_share, fee_share)
            select @id, @generation, c.ordinal, c.operation, c.call_index, c.intent::uuid, c.call::uuid, c."to", c.value, c.selector,
                   c.reached, c.succeeded, c.frame, c.reason, c.gas, c.fee
            from   unnest(@ordinals, @operations, @indexes, @intents, @calls, @tos, @values, @selectors, @reached, @succeeded, @frames,
                          @reasons, @gas, @fees)
                   as c(ordinal, operation, call_index, intent, call, "to", value, selector, reached, succeeded, frame, reason, gas, fee)
            """;
        return Of(session, sql, tracked)
            .WithArray("ordinals", [.. calls.Select(call => call.Ordinal)], NpgsqlDbType.Integer)
            .WithArray("operations", [.. calls.Select(call => call.Operation)], NpgsqlDbType.Integer)
            .WithArray("indexes", [.. calls.Select(call => call.Index)], NpgsqlDbType.Integer)
            .WithArray("intents", [.. calls.Select(call => call.Own?.Intent.ToString())], NpgsqlDbType.Text)
            .WithArray("calls", [.. calls.Select(call => call.Own?.Id.ToString())], NpgsqlDbType.Text)
            .WithArray("tos", [.. calls.Select(call => call.To)], NpgsqlDbType.Bytea)
            .WithArray("values", [.. calls.Select(call => call.Value)], NpgsqlDbType.Numeric)
            .WithArray("selectors", [.. calls.Select(call => call.Selector.IsEmpty ? null : call.Selector.ToArray())], NpgsqlDbType.Bytea)
            .WithArray("reached", [.. calls.Select(call => call.Reached)], NpgsqlDbType.Boolean)
            .WithArray("succeeded", [.. calls.Select(call => call.Succeeded)], NpgsqlDbType.Boolean)
            .WithArray("frames", [.. calls.Select(call => call.Frame)], NpgsqlDbType.Integer)
            .WithArray("reasons", [.. calls.Select(call => Storable(call.RevertReason))], NpgsqlDbType.Text)
            .WithArray("gas", [.. calls.Select(call => call.GasShare)], NpgsqlDbType.Numeric)
            .WithArray("fees", [.. calls.Select(call => call.FeeShare)], NpgsqlDbType.Numeric)
            .ExecuteAsync(cancellationToken);
    }

    private static Task<int> WriteLogsAsync(
        DbSession session, TrackedTransaction tracked, IReadOnlyList<LogPlace> logs, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.log (transaction_id, generation, log_index, role, frame, ordinal)
            select @id, @generation, l.* from unnest(@indexes, @roles, @frames, @ordinals) as l
            """;
        return Of(session, sql, tracked)
            .WithArray("indexes", [.. logs.Select(log => log.LogIndex)], NpgsqlDbType.Integer)
            .WithArray("roles", [.. logs.Select(log => EnumText.Of(log.Role))], NpgsqlDbType.Text)
            .WithArray("frames", [.. logs.Select(log => log.Frame)], NpgsqlDbType.Integer)
            .WithArray("ordinals", [.. logs.Select(log => log.Ordinal)], NpgsqlDbType.Integer)
            .ExecuteAsync(cancellationToken);
    }

    private static Task<int> WriteFindingsAsync(
        DbSession session, TrackedTransaction tracked, IReadOnlyList<CallFinding> findings, CancellationToken cancellationToken)
    {
        const string sql = """
            insert into attribution.finding (transaction_id, generation, finding, ordinal, kind, expected, observed)
            select @id, @generation, f.* from unnest(@findings, @ordinals, @kinds, @expected, @observed) as f
            """;
        return Of(session, sql, tracked)
            .WithArray("findings", [.. Enumerable.Range(0, findings.Count)], NpgsqlDbType.Integer)
            .WithArray("ordinals", [.. findings.Select(finding => finding.Ordinal)], NpgsqlDbType.Integer)
            .WithArray("kinds", [.. findings.Select(finding => EnumText.Of(finding.Kind))], NpgsqlDbType.Text)
            .WithArray("expected", [.. findings.Select(finding => Json(finding.Expected))], NpgsqlDbType.Jsonb)
            .WithArray("observed", [.. findings.Select(finding => Json(finding.Observed))], NpgsqlDbType.Jsonb)
            .ExecuteAsync(cancellationToken);
    }

    private static Statement Of(DbSession session, string sql, TrackedTransaction tracked) =>
        session.Sql(sql).With("id", tracked.Id).With("generation", tracked.Generation);

    private static string? Json(ExpectedMovement? movement) =>
        movement is null ? null : JsonSerializer.Serialize(movement, FactJson.Options);

    private static byte[]? SelectorOf(CallFrame frame) =>
        frame.Type is CallFrameType.Create or CallFrameType.Create2 || frame.Input.Length < sizeof(uint)
            ? null : frame.Input[..sizeof(uint)].ToArray();

    private static ReadOnlyMemory<byte> Kept(ReadOnlyMemory<byte> input) => input.Length <= InputKept ? input : input[..InputKept];

    private static string? ReasonOf(CallFrame frame) =>
        !frame.Failed ? null
        : frame.RevertReason ?? (frame.Output.IsEmpty ? null : RevertReason.Decode(frame.Output.Span, []).Message);

    private static string? Storable(string? text) => text is null ? null : PlainText.Of(text.Cut(TextLengthMax));
}
