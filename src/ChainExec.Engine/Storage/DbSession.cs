using Npgsql;

namespace ChainExec.Storage;

/// <summary>One open database transaction. Whoever holds it writes; the unit of work commits.</summary>
internal sealed class DbSession(NpgsqlConnection connection, NpgsqlTransaction transaction)
{
    // A transaction of ours asks before it has written so much that nobody asked about.
    private const int QueuedMax = 256;

    private readonly List<NpgsqlBatchCommand> _queued = [];
    // In the order in which tables were first appended to: a row may refer to one of a table before its own.
    private readonly List<(AppendTable Table, List<object?[]> Rows)> _appended = [];

    /// <summary>Whether workers should be woken after the commit.</summary>
    public bool WakesWorkers { get; private set; }

    /// <summary>Whether a statement failed and no savepoint undid it: PostgreSQL then only accepts a rollback.</summary>
    public bool IsAborted { get; private set; }

    public Statement Sql(string sql) => new(sql, connection, transaction, this);

    /// <summary>Writes rows by COPY, in binary, and sends them while they are made.</summary>
    /// <param name="sql">A <c>copy … from stdin (format binary)</c>.</param>
    /// <param name="items">What the rows are made of; none is nothing to do.</param>
    /// <param name="add">Adds the rows of one item.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many rows there were.</returns>
    public async Task<int> CopyAsync<T>(
        string sql, IEnumerable<T> items, Action<CopyRows, T> add, CancellationToken cancellationToken)
    {
        var rows = new CopyRows();
        NpgsqlRawCopyStream? stream = null;
        try
        {
            foreach (T item in items)
            {
                add(rows, item);
                if (!rows.IsFull)
                    continue;
                stream ??= await BeginCopyAsync(sql, cancellationToken);
                await stream.WriteAsync(rows.Bytes, cancellationToken);
                rows.Sent();
            }

            if (rows.Count == 0)
                return 0;
            rows.End();
            stream ??= await BeginCopyAsync(sql, cancellationToken);
            await stream.WriteAsync(rows.Bytes, cancellationToken);
            // What PostgreSQL refuses it says at the end, when the stream is closed.
            NpgsqlRawCopyStream ending = stream;
            stream = null;
            await ending.DisposeAsync();
            return rows.Count;
        }
        catch (PostgresException)
        {
            MarkAborted();
            throw;
        }
        finally
        {
            if (stream is not null)
                await CancelCopyAsync(stream);
        }
    }

    private async Task<NpgsqlRawCopyStream> BeginCopyAsync(string sql, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        return await connection.BeginRawBinaryCopyAsync(sql, cancellationToken);
    }

    // Whoever closed the stream would have PostgreSQL keep what came so far.
    private async Task CancelCopyAsync(NpgsqlRawCopyStream stream)
    {
        MarkAborted();
        if (connection.FullState.HasFlag(System.Data.ConnectionState.Open))
            await stream.CancelAsync();
    }

    /// <summary>A row that is written with others of its table before the commit, or the next savepoint.</summary>
    public void Append(AppendTable table, params object?[] row)
    {
        int place = _appended.FindIndex(each => each.Table == table);
        if (place < 0)
        {
            place = _appended.Count;
            _appended.Add((table, []));
        }

        _appended[place].Rows.Add(row);
        if (_appended[place].Rows.Count == AppendTable.RowsMax)
            QueueAppended();
    }

    public void WakeWorkersAfterCommit() => WakesWorkers = true;

    public async Task SavepointAsync(string name, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        await transaction.SaveAsync(name, cancellationToken);
    }

    public async Task RollbackToAsync(string name, CancellationToken cancellationToken)
    {
        // All of it came after the savepoint, before which nothing was left in the queue.
        _queued.Clear();
        _appended.Clear();
        await transaction.RollbackAsync(name, cancellationToken);
        IsAborted = false;
    }

    /// <summary>
    /// Keeps what was written since the savepoint. Checks deferred constraints first: what they refuse is then the fault of this part, not
    /// of the whole transaction at its end.
    /// </summary>
    public async Task ReleaseAsync(string name, CancellationToken cancellationToken)
    {
        QueueAppended();
        Sql("set constraints all immediate").RunLater();
        Sql("set constraints all deferred").RunLater();
        await Sql($"release savepoint {name}").ExecuteAsync(cancellationToken);
    }

    /// <summary>Runs what was left for later.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        QueueAppended();
        if (_queued.Count == 0)
            return;
        await using var batch = new NpgsqlBatch(connection, transaction);
        MoveQueueTo(batch);
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException)
        {
            MarkAborted();
            throw;
        }
    }

    /// <summary>Runs what was left for later when there is no room for one more.</summary>
    public Task MakeRoomAsync(CancellationToken cancellationToken) =>
        _queued.Count < QueuedMax ? Task.CompletedTask : FlushAsync(cancellationToken);

    private void QueueAppended()
    {
        foreach ((AppendTable table, List<object?[]> rows) in _appended)
            _queued.Add(table.StatementOf(this, rows).BatchCommand());
        _appended.Clear();
    }

    internal void Queue(NpgsqlBatchCommand command)
    {
        if (_queued.Count == QueuedMax)
            throw new InvalidOperationException($"{QueuedMax} statements wait for the next one already.");
        _queued.Add(command);
    }

    internal void MoveQueueTo(NpgsqlBatch batch)
    {
        foreach (NpgsqlBatchCommand command in _queued)
            batch.BatchCommands.Add(command);
        _queued.Clear();
    }

    /// <summary>
    /// Runs what was left for later, and asks for PostgreSQL's id of this transaction in the same journey; null when it has written
    /// nothing.
    /// </summary>
    internal async Task<string?> FlushAndIdentifyAsync(CancellationToken cancellationToken)
    {
        QueueAppended();
        IReadOnlyList<string?> rows = await Sql("select pg_current_xact_id_if_assigned()::text as id")
            .ReadAsync(reader => reader.TextOrNull("id"), cancellationToken);
        return rows[0];
    }

    internal void MarkAborted() => IsAborted = true;
}
