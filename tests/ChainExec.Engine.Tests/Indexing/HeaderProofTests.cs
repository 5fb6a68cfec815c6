using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using Xunit;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>
/// A block's hash is the hash of its header's fields, and its transactions make up a root in it: what a provider changes shows.
/// </summary>
public sealed class HeaderProofTests : IAsyncLifetime
{
    private const int Blocks = 30;

    private static readonly Address Ours = A.Address(1);
    private static readonly Address Outside = A.Address(2);

    private ScriptedNode _node = null!;
    private ScriptedNode _liar = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await ScriptedNode.StartAsync(Cancelled, hasTrueHashes: true);
        _node.Mine(A.Payment(Outside, Ours, 7));
        _node.MineEmpty(Blocks - 1);
        _node.Finalized = Blocks - 5;
        _liar = await ScriptedNode.StartAsync(Cancelled, _node.Chain[0], hasTrueHashes: true);
        _liar.Switch(_node.Chain);
        _liar.Finalized = _node.Finalized;
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _liar.DisposeAsync();
    }

    [Theory]
    [InlineData(1_000_000, 0)]
    [InlineData(8, 1)]
    public async Task What_a_block_proves_is_kept_with_it(int backfillFrom, int ranges)
    {
        await using IndexHarness index = await IndexedAsync([_node.Uri], backfillFrom, "demanded");

        Assert.Equal(["7 confirmed"], await MovementsAsync(index));
        Assert.Equal(Blocks, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        // The end of a range is known by its header alone.
        Assert.Equal(
            ranges > 0, await index.CountAsync("select count(*) from indexing.v_block where header_proof = 'header'", Cancelled) > 0);
        Assert.Equal(0, await index.CountAsync("select count(*) from indexing.v_block where header_proof = 'none'", Cancelled));
        Assert.Equal(
            ranges > 0 ? ["transactions"] : [],
            await index.LinesAsync("select distinct header_proof from indexing.v_backfill_range", Cancelled));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(8)]
    public async Task Chain_whose_headers_have_a_form_of_their_own_goes_on_and_says_so(int backfillFrom)
    {
        await using ScriptedNode other = await ScriptedNode.StartAsync(Cancelled);
        other.Mine(A.Payment(Outside, Ours, 7));
        other.MineEmpty(Blocks - 1);
        other.Finalized = Blocks - 5;
        await using IndexHarness index = await IndexedAsync([other.Uri], backfillFrom, "recorded");

        Assert.Equal(["7 confirmed"], await MovementsAsync(index));
        Assert.Equal(Blocks, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.Equal(["none"], await index.LinesAsync("select distinct header_proof from indexing.v_block", Cancelled));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(8)]
    public async Task Header_that_does_not_make_up_its_hash_loses_to_one_that_does(int backfillFrom)
    {
        // Only of the block with the payment, which is inside a range: its end is compared with the quorum's header anyway.
        _liar.Lie = (method, _, honest) => Changed(method, honest, block =>
        {
            if (block["number"]!.GetValue<string>() == "0x1")
                block["timestamp"] = "0x1";
        });
        await using IndexHarness index = await IndexedAsync([_liar.Uri, _node.Uri], backfillFrom, "recorded");

        Assert.Equal(Blocks, (await index.StatusAsync(Cancelled)).Indexed!.Value.Number);
        Assert.Equal(["7 confirmed"], await MovementsAsync(index));
        Assert.Equal(
            0,
            await index.CountAsync(
                $"select count(*) from indexing.v_block where block_time <> to_timestamp({ScriptedNode.FirstTimestamp} + number)",
                Cancelled));
    }

    [Theory]
    [InlineData(1_000_000, "value", "0xde0b6b3a7640000")]
    [InlineData(8, "value", "0xde0b6b3a7640000")]
    // Hidden: to somebody else's address it would be none of ours, and nobody would look at it again.
    [InlineData(1_000_000, "to", "0x00000000000000000000000000000000000000ff")]
    [InlineData(8, "to", "0x00000000000000000000000000000000000000ff")]
    public async Task Transaction_that_the_only_provider_changes_is_not_believed_where_proof_is_demanded(
        int backfillFrom, string field, string other)
    {
        _liar.Lie = (method, _, honest) => Changed(method, honest, block =>
        {
            foreach (JsonNode? transaction in block["transactions"]!.AsArray())
            {
                if (transaction is JsonObject full)
                    full[field] = other;
            }
        });
        await using IndexHarness index = await IndexedAsync([_liar.Uri], backfillFrom, "demanded");
        long believed = await index.CountAsync("select count(*) from indexing.v_transaction", Cancelled);
        bool isHalted = (await index.StatusAsync(Cancelled)).HaltedAt is not null;
        _liar.Lie = null;
        await index.SettleAsync(Cancelled);

        Assert.Equal((0, false), (believed, isHalted));
        Assert.Equal(["7 confirmed"], await MovementsAsync(index));
    }

    private static JsonNode? Changed(string method, JsonNode? honest, Action<JsonObject> change)
    {
        if (method is not ("eth_getBlockByHash" or "eth_getBlockByNumber") || honest?.DeepClone() is not JsonObject block)
            return honest;
        // The genesis block is not looked at again.
        if (block["number"]!.GetValue<string>() != "0x0")
            change(block);
        return block;
    }

    private static Task<IReadOnlyList<string>> MovementsAsync(IndexHarness index) =>
        index.LinesAsync("select amount, phase from attribution.v_movement where kind = 'native'", Cancelled);

    private static async Task<IndexHarness> IndexedAsync(IReadOnlyList<Uri> providers, int backfillFrom, string headerProof)
    {
        IndexHarness index = await IndexHarness.CreateAsync(
            providers, new HarnessOptions { BackfillFrom = backfillFrom, BackfillSpanMax = 16, HeaderProof = headerProof }, Cancelled);
        await index.ListAsync("eth", contract: null, Cancelled);
        await index.RegisterAccountAsync(Ours, Cancelled);
        await index.SettleAsync(Cancelled);
        return index;
    }
}
