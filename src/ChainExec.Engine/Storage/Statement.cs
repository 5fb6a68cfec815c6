using System.Numerics;
using ChainExec.Ethereum;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Storage;

/// <summary>One SQL statement with named parameters. Addresses and hashes travel as <c>bytea</c>, amounts as <c>numeric</c>.</summary>
internal sealed class Statement(string sql, NpgsqlConnection connection, NpgsqlTransaction? transaction, DbSession? session = null)
{
    private readonly List<NpgsqlParameter> _parameters = [];

    public Statement With(string name, object? value)
    {
        _parameters.Add(new NpgsqlParameter(name, Plain(value) ?? DBNull.Value));
        return this;
    }

    public Statement WithJson(string name, string? json)
    {
        _parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Jsonb) { Value = (object?)json ?? DBNull.Value });
        return this;
    }

    public Statement WithArray<T>(string name, IReadOnlyList<T> values, NpgsqlDbType elementType)
    {
        Array plain = elementType switch
        {
            NpgsqlDbType.Bytea => values.Select(value => (byte[]?)Plain(value)).ToArray(),
            NpgsqlDbType.Numeric => values.Select(value => (BigInteger?)Plain(value)).ToArray(),
            NpgsqlDbType.Text or NpgsqlDbType.Jsonb => values.Select(value => (string?)Plain(value)).ToArray(),
            NpgsqlDbType.Uuid => values.Select(value => (Guid?)Plain(value)).ToArray(),
            NpgsqlDbType.Bigint => values.Select(value => (long?)Plain(value)).ToArray(),
            NpgsqlDbType.Integer => values.Select(value => (int?)Plain(value)).ToArray(),
            NpgsqlDbType.Boolean => values.Select(value => (bool?)Plain(value)).ToArray(),
            _ => values.ToArray(),
        };
        _parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | elementType) { Value = plain });
        return this;
    }

    /// <summary>
    /// Runs it with the next statement of the session, or before the commit, in the same journey: for a write whose answer nobody needs.
    /// What it is refused for is thrown there. It must return no rows.
    /// </summary>
    public void RunLater() => (session ?? throw new InvalidOperationException("Only a unit of work has a later.")).Queue(BatchCommand());

    public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = Batch();
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return batch.BatchCommands[^1].RecordsAffected;
        }
        catch (PostgresException)
        {
            session?.MarkAborted();
            throw;
        }
    }

    public async Task<IReadOnlyList<T>> ReadAsync<T>(Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = Batch();
        try
        {
            // What was queued before returns no rows: the first result is ours.
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(map(reader));
            return rows;
        }
        catch (PostgresException)
        {
            session?.MarkAborted();
            throw;
        }
    }

    /// <summary>The only row, or nothing. Two rows are a bug and throw.</summary>
    public async Task<T?> ReadSingleAsync<T>(Func<NpgsqlDataReader, T> map, CancellationToken cancellationToken)
        where T : class
    {
        IReadOnlyList<T> rows = await ReadAsync(map, cancellationToken);
        return rows.Count switch
        {
            0 => null,
            1 => rows[0],
            _ => throw new InvalidOperationException("One row was expected, several came."),
        };
    }

    /// <summary>The first column of the only row; throws when there is none.</summary>
    public async Task<T> ScalarAsync<T>(CancellationToken cancellationToken)
    {
        IReadOnlyList<T> rows = await ReadAsync(reader => reader.GetFieldValue<T>(0), cancellationToken);
        return rows.Count == 1 ? rows[0] : throw new InvalidOperationException($"One row was expected, {rows.Count} came.");
    }

    private NpgsqlBatch Batch()
    {
        var batch = new NpgsqlBatch(connection, transaction);
        session?.MoveQueueTo(batch);
        batch.BatchCommands.Add(BatchCommand());
        return batch;
    }

    internal NpgsqlBatchCommand BatchCommand()
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (NpgsqlParameter parameter in _parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    private static object? Plain(object? value) => value switch
    {
        Address address => address.ToArray(),
        Hash32 hash => hash.ToArray(),
        TokenAmount amount => amount.BaseUnits,
        UInt256 word => word.ToBigInteger(),
        ulong number => checked((long)number),
        uint number => (long)number,
        ReadOnlyMemory<byte> memory => memory.ToArray(),
        Enum state => EnumText.Of(state),
        IEntityId id => id.Value,
        _ => value,
    };
}
