using ChainExec.Custody;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>Reads what the owners of accounts were asked.</summary>
internal sealed class ApprovalQueries(Database database)
{
    /// <summary>The newest approval that was asked for any member of a family, or nothing.</summary>
    public async Task<Approval?> NewestAsync(Guid root, CancellationToken cancellationToken)
    {
        const string sql = """
            select a.approval_id as id, a.intent_id, a.max_total_fee, a.state, a.asked_at, a.expires_at
            from   execution.intent i join custody.v_approval a on a.intent_id = i.id
            where  i.root_id = @root
            order  by a.approval_id desc limit 1
            """;
        IReadOnlyList<Approval> rows = await database.ReadAsync(
            sql, statement => statement.With("root", root), ApprovalStore.Read, cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }
}
