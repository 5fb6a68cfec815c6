using ChainExec.TestKit;
using Npgsql;
using NpgsqlTypes;

namespace ChainExec.Benchmarks.Execution;

/// <summary>
/// The rows of one accepted intent, inserted by prepared statements one after the other in one transaction, on a connection for each
/// client: no HTTP, no checks, no reading. The hold's counter is moved too, or the books would be wrong; the engine never looks at them.
/// </summary>
internal sealed class BareInserts : IAsyncDisposable
{
    private static readonly string[] Statements =
    [
        """
        insert into ledger.hold (id, account_id, amount, kind, bound_to, state, created_at)
        select $1, id, 10000, 'bound', $2, 'held', clock_timestamp() from ledger.account where code = $3
        """,
        """
        insert into ledger.hold_history (hold_id, ordinal, from_state, event, to_state, amount, reason, at)
        values ($1, 1, null, 'placed', 'held', 10000, $2, clock_timestamp())
        """,
        "update ledger.account set held = held + 10000 where code = $3",
        """
        insert into execution.intent (id, root_id, owner_id, chain_id, account_id, sender, family_key, state, spends, hold_id,
                                      max_total_fee, created_by, rungs_max, generation, on_revert, priority, next_step_at)
        values ($1, $1, $4, 31337, $5, $6, $2, 'created', true, $1, 10000000000000000, 'bench', 8, 0, 'fail', 5, 'infinity')
        """,
        """
        insert into execution.history (machine, entity_id, event, to_state, evidence, actor)
        values ('intent', $1, 'admitted', 'created', '{}', 'bench')
        """,
        """
        insert into facts.pending (type, key, owner_id, payload)
        values ('intent.created', $2, $4, jsonb_build_object('intent', $1, 'root', $1, 'state', 'created', 'chain', 31337))
        """,
        """
        insert into calls.call (id, intent_id, ordinal, chain_id, type, request, "to", value, data, expected, tags, context)
        values ($1, $1, 0, 31337, 'erc20.transfer', $7, $6, 0, $8, '[]', '[]', '{}')
        """,
        """
        insert into admission.request (owner_id, key, request_hash, intent_id, response)
        values ($4, $2, $9, $1, $10)
        """,
    ];

    private readonly List<Connection> _connections = [];

    private BareInserts()
    {
    }

    public static async Task<BareInserts> StartAsync(
        ExecutionStack stack, IReadOnlyList<BenchSender> senders, int connections, CancellationToken cancellationToken)
    {
        var bare = new BareInserts();
        for (int number = 0; number < connections; number++)
        {
            bare._connections.Add(
                await Connection.OpenAsync(stack.Database.OwnerConnectionString, senders[number % senders.Count], cancellationToken));
        }

        return bare;
    }

    /// <summary>One intent's rows, by the connection of this number.</summary>
    public Task InsertAsync(int number, CancellationToken cancellationToken) => _connections[number].InsertAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (Connection connection in _connections)
            await connection.DisposeAsync();
    }

    private sealed class Connection : IAsyncDisposable
    {
        private readonly NpgsqlConnection _connection;
        private readonly NpgsqlParameter[] _parameters;
        private readonly List<NpgsqlCommand> _commands = [];

        private Connection(NpgsqlConnection connection, BenchSender sender)
        {
            _connection = connection;
            byte[] json = [.. """{"token": "0x5FbDB2315678afecb367f032d93F642f64180aa3", "amount": "10000"}"""u8];
            _parameters =
            [
                new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Uuid },
                new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text },
                new NpgsqlParameter { Value = $"customer:{sender.Owner:n}:{ExecutionStack.Dollar}" },
                new NpgsqlParameter { Value = sender.Owner },
                new NpgsqlParameter { Value = sender.Account },
                new NpgsqlParameter { Value = sender.Address.ToArray() },
                new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = json },
                new NpgsqlParameter { Value = Convert.FromHexString(TokenCalls.Transfer(DevNode.DevAccounts[5], 10_000)[2..]) },
                new NpgsqlParameter { Value = new byte[32] },
                new NpgsqlParameter { Value = new string('r', 900) },
            ];
        }

        public static async Task<Connection> OpenAsync(
            string connectionString, BenchSender sender, CancellationToken cancellationToken)
        {
            var opened = new Connection(new NpgsqlConnection(connectionString), sender);
            await opened._connection.OpenAsync(cancellationToken);
            opened.SetKey();
            foreach (string statement in Statements)
            {
                // PostgreSQL wants the types of all parameters up to the highest that a statement names.
                int used = Enumerable.Range(1, opened._parameters.Length)
                    .Last(place => statement.Contains($"${place}", StringComparison.Ordinal));
                var command = new NpgsqlCommand(statement, opened._connection);
                foreach (NpgsqlParameter parameter in opened._parameters.Take(used))
                    command.Parameters.Add(parameter.Clone());
                await command.PrepareAsync(cancellationToken);
                opened._commands.Add(command);
            }

            return opened;
        }

        public async Task InsertAsync(CancellationToken cancellationToken)
        {
            SetKey();
            await using NpgsqlTransaction transaction = await _connection.BeginTransactionAsync(cancellationToken);
            foreach (NpgsqlCommand command in _commands)
            {
                command.Transaction = transaction;
                for (int place = 0; place < Math.Min(2, command.Parameters.Count); place++)
                    command.Parameters[place].Value = _parameters[place].Value;
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (NpgsqlCommand command in _commands)
                await command.DisposeAsync();
            await _connection.DisposeAsync();
        }

        private void SetKey()
        {
            Guid id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
            _parameters[0].Value = id;
            _parameters[1].Value = $"bare.{id:n}";
        }
    }
}
