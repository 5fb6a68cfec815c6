using System.Numerics;
using System.Text.Json;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.TestKit;

public sealed class AnvilNodeTests
{
    private const string Somebody = "0x00000000000000000000000000000000000A11cE";

    [Fact]
    public async Task Tokens_have_the_same_addresses_on_every_node()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using AnvilNode first = await AnvilNode.StartAsync(new AnvilOptions(), token);
        await using AnvilNode second = await AnvilNode.StartAsync(new AnvilOptions { BlockTime = TimeSpan.FromMilliseconds(100) }, token);

        Assert.Equal(await first.DeployTokensAsync(token), await second.DeployTokensAsync(token));
    }

    [Fact]
    public async Task Deploying_again_mines_nothing()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions(), token);
        await node.DeployTokensAsync(token);
        long head = await node.BlockNumberAsync("latest", token);

        await node.DeployTokensAsync(token);

        Assert.Equal(head, await node.BlockNumberAsync("latest", token));
    }

    [Fact]
    public async Task Proxied_token_is_owned_and_named_through_its_proxy()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions(), token);
        TestTokens tokens = await node.DeployTokensAsync(token);

        await node.MintAsync(tokens.TusdProxied, Somebody, 500_000_000, token);

        Assert.Equal(500_000_000, await node.TokenBalanceAsync(tokens.TusdProxied, Somebody, token));
    }

    [Fact]
    public async Task Lying_token_moves_nothing_and_does_not_revert()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions(), token);
        TestTokens tokens = await node.DeployTokensAsync(token);
        await node.MintAsync(tokens.False, AnvilNode.DevAccounts[1], 10, token);
        await node.SendFromDevAsync(0, tokens.False, 0, TokenCalls.SetLying(true), token);

        string hash = await node.TransferFromDevAsync(1, tokens.False, Somebody, 10, token);
        await node.MineAsync(1, token);

        JsonElement receipt = (await node.ReceiptAsync(hash, token))!.Value;
        Assert.Equal("0x1", receipt.GetProperty("status").GetString());
        Assert.Equal(BigInteger.Zero, await node.TokenBalanceAsync(tokens.False, Somebody, token));
    }

    [Fact]
    public async Task Reorg_drops_a_transfer_or_moves_it_to_another_block()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions(), token);
        TestTokens tokens = await node.DeployTokensAsync(token);
        await node.MintAsync(tokens.Tusd, AnvilNode.DevAccounts[1], 10, token);
        string hash = await node.TransferFromDevAsync(1, tokens.Tusd, Somebody, 10, token);
        await node.MineAsync(2, token);
        string raw = await node.RawTransactionAsync(hash, token);

        await node.ReorgAsync(2, [], token);
        JsonElement? dropped = await node.ReceiptAsync(hash, token);
        await node.ReorgAsync(2, [(raw, 1)], token);
        JsonElement? moved = await node.ReceiptAsync(hash, token);

        Assert.Null(dropped);
        Assert.Equal(
            await node.BlockNumberAsync("latest", token), Convert.ToInt64(moved!.Value.GetProperty("blockNumber").GetString(), 16));
    }

    [Fact]
    public async Task Killed_node_keeps_its_chain_when_it_has_a_state_file()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using TempFolder folder = new();
        string state = folder.File("state.json");
        await using AnvilNode node = await AnvilNode.StartAsync(new AnvilOptions { StateFile = state }, token);
        await node.FundAsync(Somebody, 7, token);
        DateTime before = File.Exists(state) ? File.GetLastWriteTimeUtc(state) : DateTime.MinValue;
        await Eventually.TrueAsync(
            () => Task.FromResult(File.Exists(state) && File.GetLastWriteTimeUtc(state) > before.AddSeconds(1)),
            TimeSpan.FromSeconds(10), "state was written after the block", token);

        await node.KillAsync();
        await node.RestartAsync(token);

        Assert.Equal(7, await node.BalanceAsync(Somebody, token));
    }
}
