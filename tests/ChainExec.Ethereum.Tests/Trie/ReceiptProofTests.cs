using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Trie;

namespace ChainExec.Ethereum.Tests.Trie;

/// <summary>What the root and the bloom filter tell; that they are a real chain's is shown on anvil (ReceiptProofOnAnvilTests).</summary>
public sealed class ReceiptProofTests
{
    private static readonly Address Contract = Address.Parse("0x00000000000000000000000000000000000000c1");
    private static readonly Hash32 Topic = Keccak256.Hash("Transfer(address,address,uint256)"u8);

    [Fact]
    public void Root_of_nothing_is_the_known_one() => Assert.Equal(
        Hash32.Parse("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"), ReceiptProof.RootOf([]));

    [Fact]
    public void Every_change_that_a_root_covers_changes_it()
    {
        RpcReceipt[] receipts = [Receipt(0), Receipt(1), Receipt(2)];
        Hash32 root = ReceiptProof.RootOf(receipts);
        RpcLog log = receipts[1].Logs[0];

        RpcReceipt[] changed =
        [
            receipts[1] with { Status = false },
            receipts[1] with { GasUsed = 1 },
            receipts[1] with { Type = 1 },
            receipts[1] with { Logs = [] },
            receipts[1] with { Logs = [log, log] },
            receipts[1] with { Logs = [log with { Address = Address.Zero }] },
            receipts[1] with { Logs = [log with { Topics = [] }] },
            receipts[1] with { Logs = [log with { Data = new byte[] { 2 } }] },
        ];
        Assert.All(changed, receipt => Assert.NotEqual(root, ReceiptProof.RootOf([receipts[0], receipt, receipts[2]])));
        Assert.NotEqual(root, ReceiptProof.RootOf([receipts[0], receipts[1]]));
        Assert.NotEqual(root, ReceiptProof.RootOf([receipts[1], receipts[0] with { Logs = [] }, receipts[2]]));
        Assert.Equal(root, ReceiptProof.RootOf([.. receipts]));
    }

    [Fact]
    public void Bloom_filter_never_denies_what_was_added()
    {
        var bloom = new LogBloom();
        bloom.Add(Receipt(0).Logs);

        Assert.True(bloom.MayContain(Contract.ToArray()));
        Assert.True(bloom.MayContain(Topic.ToArray()));
        Assert.False(bloom.MayContain(Keccak256.Hash("something else"u8).ToArray()));
    }

    private static RpcReceipt Receipt(int index) => new(
        Keccak256.Hash([(byte)index]), index, 2, Hash32.Zero, 1, Contract, Contract, Status: true, 21_000, UInt256.One, null,
        [new RpcLog(Contract, [Topic], new byte[] { 1 }, index, Hash32.Zero, index, Hash32.Zero, 1, Removed: false)]);
}
