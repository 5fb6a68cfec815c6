using ChainExec.Calls.Abis;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Storage;
using NpgsqlTypes;

namespace ChainExec.Attribution;

/// <summary>
/// User operations and Safe transactions of our accounts, by their hashes. Anybody may carry one in a transaction of his own: which one did
/// is told by the event of the EntryPoint or Safe that it was signed for, and by nothing else.
/// </summary>
internal static class OwnOperations
{
    // Names of the operation in topic 1, or, in Safes before 1.4, in the first word of the data.
    private static readonly Hash32[] Events =
        [EntryPoint.UserOperationEventEvent.Topic0, Safe.ExecutionSuccessEvent.Topic0, Safe.ExecutionFailureEvent.Topic0];

    /// <summary>
    /// The intents whose operations a transaction carried, as its events tell; by the parameters of <see cref="Bind"/>.
    /// </summary>
    public const string IntentsOfTransaction = """
        select o.intent_id
        from   indexing.v_log l
        join   attribution.own_operation o on o.chain_id = l.chain_id and o.contract = l.address
               and o.hash = coalesce(l.topics[2], substring(l.data from 1 for 32))
        where  l.chain_id = @chain and l.tx_hash = @hash and l.block_hash = @block and l.incarnation = @incarnation
        and    l.topics[1] = any (@events)
        """;

    /// <summary>Whoever signs an operation says so, in the transaction in which it becomes possible that somebody carries it.</summary>
    /// <param name="contract">The EntryPoint, or the Safe.</param>
    public static Task<int> RegisterAsync(
        DbSession session, long chain, Address contract, Hash32 hash, Guid intent, CancellationToken cancellationToken) => session.Sql("""
            insert into attribution.own_operation (chain_id, contract, hash, intent_id) values (@chain, @contract, @hash, @intent)
            on conflict do nothing
            """)
            .With("chain", chain).With("contract", contract).With("hash", hash).With("intent", intent).ExecuteAsync(cancellationToken);

    public static Statement Bind(Statement statement, ChainTransaction transaction) => statement
        .With("chain", transaction.Chain).With("hash", transaction.TxHash).With("block", transaction.BlockHash)
        .With("incarnation", transaction.Incarnation).WithArray("events", Events, NpgsqlDbType.Bytea);
}
