using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>The roots and bloom filters that we compute are those in a real node's headers.</summary>
public sealed class ReceiptProofOnAnvilTests : AnvilRpcTests
{
    // 1 and 2: a leaf and a branch of the first nibble. 17: two nibbles. 130: keys of two bytes, and more than one level of branches.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(130)]
    public async Task Root_and_bloom_filter_are_the_headers(int transfers)
    {
        TestTokens tokens = await Node.DeployTokensAsync(Token);
        await Node.MintAsync(tokens.Tusd, AnvilNode.DevAccounts[5], 1_000_000, Token);
        await Node.MineAsync(1, Token);
        for (int sent = 0; sent < transfers; sent++)
        {
            // The last one reverts: there is not so much.
            int amount = sent == transfers - 1 && transfers > 1 ? 2_000_000 : 1 + sent;
            await Node.TransferFromDevAsync(5, tokens.Tusd, AnvilNode.DevAccounts[6], amount, Token);
        }

        await Node.MineAsync(1, Token);
        RpcBlock block = (await Rpc.GetBlockAsync(BlockTag.Latest, fullTransactions: true, Token))!;
        IReadOnlyList<RpcReceipt> receipts = (await Rpc.GetBlockReceiptsAsync(block.Hash, Token))!;

        Assert.Equal(transfers, receipts.Count);
        Assert.Equal(block.ReceiptsRoot, ReceiptProof.RootOf(receipts));
        var bloom = new LogBloom();
        foreach (RpcReceipt receipt in receipts)
            bloom.Add(receipt.Logs);
        Assert.Equal(block.LogsBloom.ToArray(), bloom.Bits.ToArray());
    }

    [Fact]
    public async Task Many_blocks_and_their_receipts_are_read_in_batches()
    {
        await Node.DeployTokensAsync(Token);
        await Node.MineAsync(30, Token);
        ulong head = await Rpc.BlockNumberAsync(Token);
        IReadOnlyList<BlockTag> numbers = [.. Enumerable.Range(0, (int)head + 2).Select(number => BlockTag.Number((ulong)number))];

        IReadOnlyList<RpcBlock?> blocks = await Rpc.GetBlocksAsync(numbers, fullTransactions: true, Token);
        IReadOnlyList<Hash32> hashes = [.. blocks.OfType<RpcBlock>().Select(block => block.Hash)];
        IReadOnlyList<IReadOnlyList<RpcReceipt>?> receipts = await Rpc.GetBlockReceiptsAsync(hashes, Token);
        IReadOnlyList<RpcBlock?> again = await Rpc.GetBlocksAsync([.. hashes.Select(BlockTag.Hash)], fullTransactions: false, Token);

        Assert.Null(blocks[^1]);
        Assert.Equal(Enumerable.Range(0, (int)head + 1), blocks.SkipLast(1).Select(block => (int)block!.Number));
        Assert.Equal(hashes, again.Select(block => block!.Hash));
        Assert.Equal(
            blocks.SkipLast(1).Select(block => block!.ReceiptsRoot), receipts.Select(given => ReceiptProof.RootOf(given!)));
    }
}
