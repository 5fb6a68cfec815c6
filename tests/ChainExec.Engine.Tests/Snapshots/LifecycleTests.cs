using System.Text.RegularExpressions;
using ChainExec.Attribution;
using ChainExec.Attribution.Processors;
using ChainExec.Execution;
using ChainExec.Facts.Contracts;
using ChainExec.Flows;
using ChainExec.Governance;
using ChainExec.Indexing;
using ChainExec.Ledger;
using ChainExec.Storage;
using ChainExec.TestKit;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Snapshots;

/// <summary>Every state machine is whole, and the database knows the same states as the code.</summary>
public sealed class LifecycleTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Intent_table_is_whole() => CheckWhole(IntentLifecycle.Table);

    // A slot is also born by what others did: a foreign transaction on a nonce that we never bound.
    [Fact]
    public void Slot_table_is_whole() => CheckWhole(SlotLifecycle.Table);

    [Fact]
    public void Hold_table_is_whole() => CheckWhole(HoldLifecycle.Table);

    [Fact]
    public void Attribution_table_is_whole() => CheckWhole(AttributionLifecycle.Table);

    [Fact]
    public void Effect_table_is_whole() => CheckWhole(EffectLifecycle.Table);

    [Fact]
    public void Effect_that_may_have_been_done_is_prepared_again_only_on_evidence_that_it_was_not() => Assert.Equal(
        [EffectEvent.ProviderDidNotTake, EffectEvent.NeverArrived],
        EffectLifecycle.Table.Rows.Where(row => row.To == EffectState.Prepared).Select(row => row.Event).Order());

    [Fact]
    public void Slot_that_was_asked_to_be_signed_has_no_way_to_released()
    {
        IEnumerable<SlotState> before = SlotLifecycle.Table.Rows.Where(row => row.To == SlotState.Released).Select(row => row.From);

        Assert.Equal([SlotState.Reserved, SlotState.Taken], before.Order());
    }

    // From signing too: a foreign transaction with our very effect may become final before our own signature is known. And from cancelling:
    // what was sent before may win. A member that an operator makes for a transaction which is final already never was anything else.
    [Fact]
    public void Only_finality_confirms_an_intent() =>
        Assert.All(
            IntentLifecycle.Table.Rows.Where(row => row.To == IntentState.Confirmed),
            row =>
            {
                Assert.True(row.From is IntentState.Included or IntentState.Executing or IntentState.Signing or IntentState.Cancelling
                    || row is (IntentState.Created, IntentEvent.FinalAdopted, _));
                Assert.StartsWith("Final", row.Event.ToString(), StringComparison.Ordinal);
            });

    [Fact]
    public void Unlisted_move_throws() =>
        Assert.Throws<IllegalMoveException>(() => IntentLifecycle.Table.Move(IntentState.Confirmed, IntentEvent.BlockOrphaned));

    [Fact]
    public async Task Database_knows_exactly_the_states_of_the_code()
    {
        await using PostgresDatabase database = await PostgresDatabase.CreateAsync(Cancelled);

        await CheckStatesAsync<IntentState>(database, "execution.intent", "state");
        await CheckStatesAsync<SlotState>(database, "execution.nonce_slot", "state");
        await CheckStatesAsync<IntentWish>(database, "execution.intent", "wish");
        await CheckStatesAsync<RevertPolicy>(database, "execution.intent", "on_revert");
        await CheckStatesAsync<PauseKind>(database, "execution.sender_pause", "kind");
        await CheckStatesAsync<FreezeScope>(database, "governance.freeze", "scope");
        await CheckStatesAsync<CarrierKind>(database, "execution.carrier", "kind");
        await CheckStatesAsync<NodeState>(database, "execution.node", "state");
        await CheckStatesAsync<HoldState>(database, "ledger.hold", "state");
        await CheckStatesAsync<AccountKind>(database, "ledger.account", "kind");
        await CheckStatesAsync<EntrySide>(database, "ledger.entry", "side");
        await CheckStatesAsync<EffectState>(database, "flows.effect", "state");
        await CheckStatesAsync<MovementKind>(database, "attribution.movement", "kind");
        await CheckStatesAsync<FeedPhase>(database, "attribution.movement_phase", "phase");
        await CheckStatesAsync<FeedPhase>(database, "attribution.record_phase", "phase");
        await CheckStatesAsync<FeedPhase>(database, "attribution.processed", "phase");
        await CheckStatesAsync<AttributionState>(database, "attribution.transaction", "state");
        await CheckStatesAsync<UnattributedReason>(database, "attribution.transaction", "reason");
        await CheckStatesAsync<AttributionBasis>(database, "attribution.transaction", "basis");
        await CheckStatesAsync<AttributionEnd>(database, "attribution.transaction", "ended");
        await CheckStatesAsync<LogRole>(database, "attribution.log", "role");
        await CheckStatesAsync<FindingKind>(database, "attribution.finding", "kind");
        await CheckStatesAsync<ProviderState>(database, "indexing.provider", "state");
    }

    private static void CheckWhole<TState, TEvent>(TransitionTable<TState, TEvent> table)
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        HashSet<TState> reached = [table.Initial];
        while (table.Rows.Any(row => reached.Contains(row.From) && reached.Add(row.To)))
        {
            // Each round adds one state that a reached one leads to.
        }

        Assert.Equal(Enum.GetValues<TState>(), reached.Order());
        Assert.Equal(
            Enum.GetValues<TState>().Except(table.Final),
            table.Rows.Where(row => !row.Event.Equals(table.Compensation)).Select(row => row.From).Distinct().Order());
        Assert.Equal(Enum.GetValues<TEvent>(), table.Rows.Select(row => row.Event).Distinct().Order());
    }

    private static async Task CheckStatesAsync<TState>(PostgresDatabase database, string table, string column)
        where TState : struct, Enum
    {
        const string sql = """
            select pg_get_constraintdef(c.oid)
            from   pg_constraint c
            join   pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
            where  c.conrelid = @table::regclass and c.contype = 'c' and a.attname = @column and cardinality(c.conkey) = 1
            """;
        await using NpgsqlConnection connection = new(database.OwnerConnectionString);
        await connection.OpenAsync(Cancelled);
        await using NpgsqlCommand command = new(sql, connection);
        command.Parameters.AddWithValue("table", table);
        command.Parameters.AddWithValue("column", column);
        string check = Assert.IsType<string>(await command.ExecuteScalarAsync(Cancelled));

        Assert.Equal(
            (table, string.Join(' ', Enum.GetValues<TState>().Select(value => EnumText.Of(value)).Order(StringComparer.Ordinal))),
            (table, string.Join(
                ' ',
                Regex.Matches(check, "'(?<state>[a-z_]+)'").Select(match => match.Groups["state"].Value).Order(StringComparer.Ordinal))));
    }
}
