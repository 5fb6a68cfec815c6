using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using Npgsql;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>An administrator ends a halt, and nothing that was settled is undone by it.</summary>
public sealed class ReAnchorTests : IAsyncLifetime
{
    private static readonly Address Ours = A.Address(1);

    private ScriptedNode _node = null!;
    private IndexHarness _index = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Token);
        _index = await IndexHarness.CreateAsync(_node.Uri, null, Token);
        await _index.RegisterAccountAsync(Ours, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Halted_chain_goes_on_from_the_ancestor_and_follows_the_right_chain()
    {
        Hash32 ancestor = await HaltAsync(isDepositFinal: false);

        ReAnchorResult.Done done = Assert.IsType<ReAnchorResult.Done>(await _index.ReAnchorAsync(ancestor, true, Token));
        Assert.Equal((2, 3, 1, 0), (done.Number, done.Orphaned, done.FinalTakenBack, done.Undone.Count));
        await _index.SettleAsync(Token);

        ChainStatus status = await _index.StatusAsync(Token);
        Assert.Equal((_node.Head.Hash, null), (status.Indexed!.Value.Hash, status.HaltedAt));
        Assert.Equal(1, await CountAsync(ChainReAnchored.Type));
        // The deposit of the wrong chain was only tentative, and is taken back.
        Assert.Equal(1, await CountAsync(TransactionOrphaned.Type));
    }

    [Fact]
    public async Task Chain_is_not_taken_back_below_a_final_transaction_of_ours()
    {
        Hash32 ancestor = await HaltAsync(isDepositFinal: true);

        ReAnchorResult.Refused refused = Assert.IsType<ReAnchorResult.Refused>(await _index.ReAnchorAsync(ancestor, true, Token));
        Assert.Equal(("settled_above", 3), (refused.Code, Assert.Single(refused.Affected).BlockNumber));
        Assert.NotNull((await _index.StatusAsync(Token)).HaltedAt);
    }

    [Fact]
    public async Task Final_transactions_are_undone_when_that_is_asked_for_and_each_is_a_fact()
    {
        Hash32 ancestor = await HaltAsync(isDepositFinal: true);
        PostgresException denied = await Assert.ThrowsAsync<PostgresException>(
            () => _index.ReAnchorAsync(ancestor, false, Token, undoesSettled: true));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, denied.SqlState);

        ReAnchorResult.Done done = Assert.IsType<ReAnchorResult.Done>(
            await _index.ReAnchorAsync(ancestor, true, Token, undoesSettled: true));
        Assert.Equal((2, 3, 1, 3), (done.Number, done.Orphaned, done.FinalTakenBack, Assert.Single(done.Undone).BlockNumber));
        await _index.SettleAsync(Token);

        Assert.Null((await _index.StatusAsync(Token)).HaltedAt);
        Assert.Equal((1, 1), (await CountAsync(TransactionUndone.Type), await CountAsync(TransactionOrphaned.Type)));
        Assert.Equal(1, await _index.CountAsync("select count(*) from indexing.v_undone where block_number = 3", Token));
    }

    [Fact]
    public async Task Service_cannot_re_anchor_and_only_a_halted_chain_is_at_a_final_block()
    {
        _node.MineEmpty(3);
        _node.Finalized = 2;
        await _index.SettleAsync(Token);
        Assert.Equal("not_halted", await CodeAsync(_node.Chain[1].Hash));
        Hash32 ancestor = await HaltAsync(isDepositFinal: false);

        Assert.Equal("not_final", await CodeAsync(_node.Head.Hash));
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => _index.ReAnchorAsync(ancestor, false, Token));
        Assert.Equal(PostgresErrorCodes.RestrictViolation, refused.SqlState);
        Assert.NotNull((await _index.StatusAsync(Token)).HaltedAt);
    }

    // Blocks up to 2 are on both chains; 3 was final on the wrong one.
    private async Task<Hash32> HaltAsync(bool isDepositFinal)
    {
        while (_node.Chain.Count < 3)
            _node.MineEmpty(1);
        if (_node.Chain.Count > 3)
            _node.Rewind(_node.Chain.Count - 3);
        Hash32 ancestor = _node.Chain[2].Hash;
        if (isDepositFinal)
            _node.Mine(A.Payment(A.Address(9), Ours, 5));
        else
            _node.MineEmpty(1);
        _node.Finalized = 3;
        _node.Mine(A.Payment(A.Address(9), Ours, 7));
        _node.MineEmpty(1);
        await _index.SettleAsync(Token);
        _node.Rewind(3);
        _node.Finalized = 2;
        _node.MineEmpty(6);
        await _index.SettleAsync(Token);
        Assert.NotNull((await _index.StatusAsync(Token)).HaltedAt);
        return ancestor;
    }

    private async Task<string> CodeAsync(Hash32 block) =>
        Assert.IsType<ReAnchorResult.Refused>(await _index.ReAnchorAsync(block, true, Token)).Code;

    private Task<long> CountAsync(string type) =>
        _index.CountAsync($"select count(*) from facts.v_stream where type = '{type}'", Token);
}
