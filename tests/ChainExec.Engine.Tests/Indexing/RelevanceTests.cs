using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Facts.Contracts;
using ChainExec.Indexing;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

public sealed class RelevanceTests
{
    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);
    private static readonly Address Listed = A.Address(3);
    private static readonly Address Unlisted = A.Address(4);
    private static readonly Address Else = A.Address(5);

    [Fact]
    public void Sender_of_ours_is_relevant_without_logs() => Assert.Single(Select(A.Transaction(Ours, Else)).Transactions);

    [Fact]
    public void Sender_of_ours_is_relevant_when_it_reverted() =>
        Assert.Single(Select(A.Transaction(Ours, Else) with { Succeeded = false }).Transactions);

    [Fact]
    public void Native_value_to_ours_is_relevant() => Assert.Single(Select(A.Payment(Outside, Ours, 1)).Transactions);

    [Fact]
    public void Reverted_native_value_to_ours_moved_nothing() =>
        Assert.Empty(Select(A.Payment(Outside, Ours, 1) with { Succeeded = false }).Transactions);

    [Fact]
    public void Listed_transfer_to_ours_keeps_all_logs_of_its_transaction()
    {
        ScriptedLog other = new(Else, [], []);

        FetchedTransaction kept = Assert.Single(
            Select(A.Transaction(Outside, Else, other, A.Transfer(Listed, Outside, Ours, 5), other)).Transactions);
        Assert.Equal(3, kept.Logs.Count);
    }

    [Fact]
    public void Listed_transfer_from_ours_by_somebody_else_is_relevant() =>
        Assert.Single(Select(A.Transaction(Outside, Else, A.Transfer(Listed, Ours, Outside, 5))).Transactions);

    [Fact]
    public void Listed_transfer_between_others_is_not_ours() =>
        Assert.Empty(Select(A.Transaction(Outside, Else, A.Transfer(Listed, Outside, Else, 5))).Transactions);

    [Fact]
    public void Unlisted_transfer_is_counted_and_nothing_else()
    {
        RelevantPart part = Select(
            A.Transaction(Outside, Else, A.Transfer(Unlisted, Outside, Ours, 5), A.Transfer(Unlisted, Ours, Outside, 5)));

        Assert.Empty(part.Transactions);
        Assert.Equal([(Unlisted, 2L)], part.UnlistedMovements.Select(pair => (pair.Key, pair.Value)));
    }

    public static TheoryData<int, int> Malformed => new() { { 4, 0 }, { 3, 0 }, { 3, 31 }, { 3, 33 }, { 2, 64 }, { 1, 96 }, { 0, 32 } };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_transfer_is_no_movement_and_no_exception(int topics, int bytes)
    {
        Hash32[] all = [ObservedMovements.TransferTopic, A.Topic(Outside), A.Topic(Ours), Hash32.Zero];

        Assert.Empty(Select(A.Transaction(Outside, Listed, new ScriptedLog(Listed, all[..topics], new byte[bytes]))).Transactions);
    }

    [Fact]
    public void Topic_with_dirt_above_the_address_names_nobody()
    {
        byte[] dirty = A.Topic(Ours).ToArray();
        dirty[0] = 1;

        Assert.Empty(Select(A.Transaction(Outside, Listed, new ScriptedLog(
            Listed, [ObservedMovements.TransferTopic, A.Topic(Outside), Hash32.FromBytes(dirty)], A.Word(1)))).Transactions);
    }

    private static RelevantPart Select(ScriptedTransaction scripted)
    {
        var logs = scripted.Logs.Select((log, index) => new ObservedLog(index, log.Emitter, log.Topics, log.Data)).ToList();
        var transaction = new ChainTransaction(
            1, 7, Hash32.Zero, 0, DateTimeOffset.UnixEpoch, scripted.Hash, 0, scripted.From, scripted.To, 0,
            new TokenAmount(scripted.Value), scripted.Succeeded, new TokenAmount(21000), new TokenAmount(1));
        var fetched = new FetchedTransaction(transaction, Hash32.Zero, logs);
        var block = new FetchedBlock(1, new BlockRef(7, Hash32.Zero), Hash32.Zero, DateTimeOffset.UnixEpoch, [fetched], BlockProof.None);
        HashSet<Address> ours = [Ours];
        ours.IntersectWith(BlockRelevance.Candidates(block));
        return BlockRelevance.Select(
            block, ours.Contains, new AssetSnapshot([new Asset("tusd", 1, Listed, "TUSD", 6)]), new WatchedEvents([]));
    }
}
