using NpgsqlTypes;

namespace ChainExec.Storage;

/// <summary>
/// A table to which transactions only append, and which none of them reads before its commit: the rows of one transaction are written by
/// one statement, in their order, when it ends.
/// </summary>
internal sealed class AppendTable
{
    /// <summary>Rows of one statement at most.</summary>
    public const int RowsMax = 500;

    private readonly string _sql;
    private readonly IReadOnlyList<(string Column, NpgsqlDbType Type)> _columns;

    /// <param name="name">Schema and table.</param>
    /// <param name="columns">What a row consists of.</param>
    /// <param name="same">Columns that are the same in every row, as SQL; the rest has defaults.</param>
    public AppendTable(
        string name, IReadOnlyList<(string Column, NpgsqlDbType Type)> columns,
        IReadOnlyList<(string Column, string Sql)>? same = null)
    {
        _columns = columns;
        string names = string.Join(", ", columns.Select(column => $"\"{column.Column}\""));
        string arrays = string.Join(", ", columns.Select(column => $"@{column.Column}"));
        string into = string.Join(", ", (same ?? []).Select(column => column.Column).Prepend(names));
        string from = string.Join(", ", (same ?? []).Select(column => column.Sql).Prepend(names));

        // Identities are drawn after the sort, so they are in the order in which the rows were appended.
        _sql = $"""
            insert into {name} ({into})
            select {from} from unnest({arrays}) with ordinality as r ({names}, place) order by place
            """;
    }

    /// <summary>The statement that writes these rows.</summary>
    internal Statement StatementOf(DbSession session, IReadOnlyList<object?[]> rows)
    {
        Statement statement = session.Sql(_sql);
        for (int place = 0; place < _columns.Count; place++)
        {
            (string column, NpgsqlDbType type) = _columns[place];
            int current = place;
            statement.WithArray(column, [.. rows.Select(row => row[current])], type);
        }

        return statement;
    }
}
