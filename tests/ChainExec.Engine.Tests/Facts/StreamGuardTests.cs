using ChainExec.Facts;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Facts;

public sealed class StreamGuardTests
{
    private static CancellationToken Token => FactsHarness.Token;

    public static TheoryData<string> Changes => new(
        "update facts.stream set key = 'forged'",
        "delete from facts.stream",
        "truncate facts.stream cascade",
        "update facts.handled set consumer = 'forged'",
        "delete from facts.handled",
        "truncate facts.handled");

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task The_services_role_cannot_change_what_is_append_only(string change)
    {
        await using FactsHarness facts = await WithHandledFactAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => facts.UnitOfWork.RunAsync(
            (session, token) => session.Sql(change).ExecuteAsync(token), Token));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task An_owners_slip_is_refused_too(string change)
    {
        await using FactsHarness facts = await WithHandledFactAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => facts.AsOwnerAsync(change));

        // The table named first refuses by itself, and not because a cascade met another one that does.
        string table = change.Split(' ').First(word => word.StartsWith("facts.", StringComparison.Ordinal));
        Assert.Equal(
            (PostgresErrorCodes.RestrictViolation, $"rows of {table} are append-only"), (refused.SqlState, refused.MessageText));
    }

    [Theory]
    [InlineData("update facts.pending set key = 'forged'")]
    [InlineData("delete from facts.parked")]
    [InlineData("delete from facts.cursor")]
    [InlineData("insert into facts.head default values")]
    [InlineData("delete from facts.head")]
    public async Task The_services_role_has_no_right_that_its_work_does_not_need(string change)
    {
        await using FactsHarness facts = await WithHandledFactAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => facts.UnitOfWork.RunAsync(
            (session, token) => session.Sql(change).ExecuteAsync(token), Token));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_payload_is_taken_up_to_its_bound_and_not_above(int above, bool taken)
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();
        // As jsonb writes it: {"text": "..."}.
        var payload = new Long(new string('x', 65536 - 12 + above));

        Exception? refused = await Record.ExceptionAsync(() => facts.UnitOfWork.RunAsync(
            (session, token) => facts.Writer.AppendAsync(session, "a", owner: null, payload, token), Token));

        Assert.Equal(taken ? null : PostgresErrorCodes.CheckViolation, (refused as PostgresException)?.SqlState);
    }

    [Theory]
    [InlineData("")]
    [InlineData("happened")]
    [InlineData("test.it.happened")]
    [InlineData("Test.happened")]
    [InlineData("test.happened!")]
    public async Task A_type_that_is_not_module_dot_thing_is_refused(string type)
    {
        await using FactsHarness facts = await FactsHarness.CreateAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => facts.UnitOfWork.RunAsync(
            (session, token) => facts.Writer.AppendAsync(session, type, "a", owner: null, new Happened(1), token), Token));

        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }

    private static async Task<FactsHarness> WithHandledFactAsync()
    {
        FactsHarness facts = await FactsHarness.CreateAsync();
        await facts.PublishAsync("a");
        await FactsHarness.DrainAsync(facts.Worker(new TestConsumer()));
        return facts;
    }

    private sealed record Long(string Text) : IFactPayload
    {
        public static string Type => "test.long";
    }
}
