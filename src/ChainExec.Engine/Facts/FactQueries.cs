using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Facts;

/// <summary>A parked fact as an operator sees it.</summary>
internal sealed record ParkedFact(
    string Consumer, long Position, string Type, string Key, string Reason, string Error, int Attempts, DateTimeOffset ParkedAt);

/// <summary>Reads for the event feed and for operators.</summary>
internal sealed class FactQueries(Database database)
{
    /// <summary>An owner's facts of the given types after a position, oldest first.</summary>
    public Task<IReadOnlyList<Fact>> FeedAsync(
        Guid owner, IReadOnlyCollection<string> types, long after, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            select position, type, key, owner_id, payload, occurred_at
            from   facts.stream
            where  owner_id = @owner and position > @after and type = any (@types)
            order  by position
            limit  @limit
            """;
        return database.ReadAsync(
            sql,
            statement => statement.With("owner", owner).With("after", after).With("limit", limit)
                .WithArray("types", [.. types], NpgsqlDbType.Text),
            ConsumerStore.ReadFact,
            cancellationToken);
    }

    public Task<IReadOnlyList<ParkedFact>> ParkedAsync(int limit, CancellationToken cancellationToken) =>
        database.ReadAsync(
            "select consumer, position, type, key, reason, error, attempts, parked_at from facts.v_parked "
            + "order by consumer, position limit @limit",
            statement => statement.With("limit", limit),
            reader => new ParkedFact(
                reader.Text("consumer"), reader.Long("position"), reader.Text("type"), reader.Text("key"), reader.Text("reason"),
                reader.Text("error"), reader.Int("attempts"), reader.Time("parked_at")),
            cancellationToken);
}
