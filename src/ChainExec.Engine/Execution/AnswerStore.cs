using ChainExec.Calls;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Execution;

/// <summary>What providers said of bytes that were sent.</summary>
internal sealed class AnswerStore
{
    private const int AnswerLengthMax = 500;

    /// <summary>
    /// Keeps what providers of a chain said of bytes, and where the index last saw each of them. Written before the commit.
    /// </summary>
    public static void Store(DbSession session, long chain, IReadOnlyList<(Guid Execution, SendAnswer Answer)> answers) =>
        session.Sql("""
            update execution.node n
            set    state = a.state, answer_class = a.class, answer = a.answer, answered_at = storage.clock(),
                   provider_head = p.head_number
            from   unnest(@executions, @providers, @states, @classes, @answers) as a (execution_id, provider, state, class, answer)
            left   join indexing.v_provider_head p on p.chain_id = @chain and p.name = a.provider
            where  n.execution_id = a.execution_id and n.provider = a.provider
            """)
            .With("chain", chain)
            .WithArray("executions", [.. answers.Select(one => one.Execution)], NpgsqlDbType.Uuid)
            .WithArray("providers", [.. answers.Select(one => one.Answer.Provider)], NpgsqlDbType.Text)
            .WithArray("states", [.. answers.Select(one => EnumText.Of(one.Answer.State))], NpgsqlDbType.Text)
            .WithArray("classes", [.. answers.Select(one => one.Answer.Class)], NpgsqlDbType.Text)
            .WithArray("answers", [.. answers.Select(one => one.Answer.Text.Cut(AnswerLengthMax))], NpgsqlDbType.Text)
            .RunLater();

    /// <summary>
    /// The last answers to the bytes of one execution by those of the providers who gave one and are believed: one that is down must not
    /// outvote the others by its silence.
    /// </summary>
    public Task<IReadOnlyList<string>> ClassesAsync(
        DbSession session, ChainProfile chain, Guid execution, CancellationToken cancellationToken) =>
        session.Sql("""
            select answer_class from execution.node
            where  execution_id = @execution and provider = any (@providers) and answer_class <> all (@silent)
            """)
            .With("execution", execution)
            .WithArray("providers", [.. chain.Providers.Select(provider => provider.Name)], NpgsqlDbType.Text)
            .WithArray("silent", Broadcaster.NoAnswer, NpgsqlDbType.Text)
            .ReadAsync(reader => reader.Text("answer_class"), cancellationToken);

    /// <summary>How often the bytes of an execution were sent to whom they were sent most.</summary>
    public Task<int> SendsAsync(DbSession session, Guid execution, CancellationToken cancellationToken) =>
        session.Sql("select coalesce(max(sends), 0) from execution.node where execution_id = @execution").With("execution", execution)
            .ScalarAsync<int>(cancellationToken);

    /// <summary>Whether the bytes of an execution left before.</summary>
    public Task<bool> IsSentAsync(DbSession session, Guid execution, CancellationToken cancellationToken) =>
        session.Sql("select exists (select from execution.node where execution_id = @execution)").With("execution", execution)
            .ScalarAsync<bool>(cancellationToken);

    /// <summary>Whether a provider has, or had, any of the slot's bytes in its pool by its own word.</summary>
    public Task<bool> WasAnyAcceptedAsync(DbSession session, Guid slot, CancellationToken cancellationToken) =>
        session.Sql("""
            select exists (select from execution.node n
                           join   execution.execution e on e.id = n.execution_id
                           join   execution.prepared_call p on p.id = e.prepared_call_id
                           where  p.slot_id = @slot and n.state = 'accepted')
                   or exists (select from execution.history where entity_id = @slot and event = 'provider_accepted')
            """)
            .With("slot", slot).ScalarAsync<bool>(cancellationToken);
}
