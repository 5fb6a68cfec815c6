using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Indexing;
using ChainExec.Ethereum;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Attribution;

/// <summary>
/// The whole way from a mined batch to rows, with real contracts on a real node: every call of every batch is a business call of ours, and
/// each log, result and share must be the right call's.
/// </summary>
public sealed class BatchShapesOnAnvilTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private static readonly string[] Names =
    [
        "direct-transfer", "direct-fails", "multicall3-aggregate3-one-fails", "multicall3-aggregate3-identical", "multicall3-reverts",
        "safe-plain-multisend3", "safe-plain-inner-fails", "v06-batch2", "v07-batch2", "v07-inner-reverts", "v07-out-of-gas",
        "v07-proxied-token",
        "v07-bundle3-second-reverts", "v07-bundle3-identical", "v07-init-code", "v07-paymaster", "v07-safe4337-multisend2", "v08-batch2",
        "v08-eip7702-batch2", "eip7702-self-batch2", "eip7702-self-reverts",
    ];

    private AnvilNode _node = null!;
    private JsonElement _sent;
    private IndexHarness _index = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await AnvilNode.StartAsync(new AnvilOptions { ExtraArguments = ["--gas-limit", "100000000"] }, Cancelled);
        _sent = await SendShapesAsync(_node);
        _index = await IndexHarness.CreateAsync(_node.HttpUri, options: null, Cancelled);
        await PrepareAsync(_index, _sent);
    }

    public async ValueTask DisposeAsync()
    {
        await _index.DisposeAsync();
        await _node.DisposeAsync();
    }

    // One test, because the chain takes ten seconds to make.
    [Fact]
    public async Task Every_call_of_every_batch_gets_its_logs_its_result_and_its_share_also_in_another_block()
    {
        await CheckShapesAsync();
        await CheckReorgAsync();
    }

    private async Task CheckShapesAsync()
    {
        (AnvilNode node, JsonElement sent, IndexHarness index) = (_node, _sent, _index);
        await node.MineAsync(3, Cancelled);
        await index.SettleAsync(Cancelled);

        List<string> wrong = [];
        foreach (JsonElement shape in sent.GetProperty("shapes").EnumerateArray())
        {
            string hash = shape.GetProperty("hash").GetString()!;
            (string expected, string found) = (Expected(shape), await FoundAsync(index, hash));
            if (expected != found)
                wrong.Add($"{shape.GetProperty("name")}:\n  expected {expected}\n  found    {found}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(Names.Length, sent.GetProperty("shapes").GetArrayLength());
        Assert.Equal(
            [],
            await index.LinesAsync(
                """
                select encode(t.tx_hash, 'hex') from attribution.v_call_result r
                join   indexing.v_transaction t using (chain_id, block_hash, incarnation, tx_hash)
                group  by t.tx_hash, t.gas_used, t.effective_gas_price
                having sum(r.gas_share) <> t.gas_used or sum(r.fee_share) <> t.gas_used * t.effective_gas_price
                """, Cancelled));
        Assert.Equal(0, await index.CountAsync("select count(*) from facts.v_parked", Cancelled));
        Assert.Equal(0, await index.CountAsync("select count(*) from execution.v_incident", Cancelled));
    }

    // The same batch once more: included, orphaned, and included in another block.
    private async Task CheckReorgAsync()
    {
        JsonElement shape = _sent.GetProperty("shapes").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == "multicall3-aggregate3-identical");
        JsonElement first = await _node.RpcAsync(
            "eth_getTransactionByHash", [shape.GetProperty("hash").GetString()], Cancelled);
        var again = new
        {
            from = first.GetProperty("from").GetString(), to = first.GetProperty("to").GetString(),
            data = first.GetProperty("input").GetString(), gas = "0x1e8480",
        };
        string hash = (await _node.RpcAsync("eth_sendTransaction", [again], Cancelled)).GetString()!;
        await SentAsync(_index, shape, hash);
        await _node.MineAsync(1, Cancelled);
        await _index.SettleAsync(Cancelled);
        string raw = await _node.RawTransactionAsync(hash, Cancelled);
        await _node.ReorgAsync(1, [], Cancelled);
        await _node.MineAsync(1, Cancelled);
        await _index.SettleAsync(Cancelled);
        await _node.RpcAsync("eth_sendRawTransaction", [raw], Cancelled);
        await _node.MineAsync(4, Cancelled);
        await _index.SettleAsync(Cancelled);

        Assert.Equal(
            ["attributed trace orphaned 5 5", "attributed trace confirmed 5 5"],
            await _index.LinesAsync(
                $"""
                select t.state, t.basis, t.ended, count(distinct r.call_id), count(distinct l.log_index)
                from   attribution.v_transaction t
                join   attribution.v_call_result r using (transaction_id)
                join   attribution.v_log l on l.transaction_id = t.transaction_id and l.ordinal = r.ordinal
                where  t.tx_hash = '\x{hash[2..]}' group by t.transaction_id, t.state, t.basis, t.ended order by t.transaction_id
                """, Cancelled));
        Assert.Equal(
            ["confirmed 5", "orphaned 5"],
            await _index.LinesAsync(
                $"""
                select phase, count(*) from attribution.v_movement where tx_hash = '\x{hash[2..]}' and kind = 'token' group by 1 order by 1
                """, Cancelled));
    }

    private static async Task<JsonElement> SendShapesAsync(AnvilNode node)
    {
        await ChildProcess.RunAsync(
            "bash", [RepositoryRoot.Combine("tests", "ChainExec.Ethereum.Tests", "Attribution", "Recording", "install.sh")], Deadline,
            Cancelled);
        string file = Path.Combine(Path.GetTempPath(), $"chainexec-shapes-{Environment.ProcessId}.json");
        try
        {
            await ChildProcess.RunAsync(
                "node",
                [
                    RepositoryRoot.Combine("tests", "ChainExec.IntegrationTests", "Attribution", "shapes.mjs"), node.HttpUri.OriginalString,
                    file, .. Names,
                ],
                Deadline, Cancelled);
            return JsonSerializer.Deserialize<JsonElement>(await File.ReadAllBytesAsync(file, Cancelled));
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Every account is ours and every call was asked for, each operation by an intent of its account.
    private static async Task PrepareAsync(IndexHarness index, JsonElement sent)
    {
        await index.ListAsync("tusd", Address.Parse(sent.GetProperty("token").GetString()!), Cancelled);
        await index.ListAsync("eth", contract: null, Cancelled);
        await index.StandInForExecutionAsync(Cancelled);
        HashSet<Address> accounts = [.. sent.GetProperty("senders").EnumerateArray().Select(sender => Address.Parse(sender.GetString()!))];
        foreach (JsonElement shape in sent.GetProperty("shapes").EnumerateArray())
            accounts.UnionWith(await SentAsync(index, shape, shape.GetProperty("hash").GetString()!));

        foreach (Address account in accounts)
            await index.RegisterAccountAsync(account, Cancelled);
    }

    private static async Task<IReadOnlyList<Address>> SentAsync(IndexHarness index, JsonElement shape, string hash)
    {
        var accounts = new List<Address>();
        foreach (JsonElement operation in shape.GetProperty("operations").EnumerateArray())
        {
            Address account = Address.Parse(operation.GetProperty("account").GetString()!);
            accounts.Add(account);
            Guid intent = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
            await index.SentAsync(
                Hash32.Parse(hash), account,
                [.. operation.GetProperty("calls").EnumerateArray().Select(call => CallOf(call, account, intent))], Cancelled);
        }

        return accounts;
    }

    private static SentCall CallOf(JsonElement call, Address account, Guid intent)
    {
        Address to = Address.Parse(call.GetProperty("to").GetString()!);
        byte[] data = Hex.Decode(call.GetProperty("data").GetString()!);
        BigInteger value = BigInteger.Parse(call.GetProperty("value").GetString()!, CultureInfo.InvariantCulture);
        IReadOnlyList<ExpectedMovement> expected =
            Erc20.TransferCall.TryDecode(data, out Erc20.TransferCall sent)
                ? [new(to, account, sent.To, TokenAmount.From(sent.Value))]
            : Erc20.TransferFromCall.TryDecode(data, out Erc20.TransferFromCall taken)
                ? [new(to, taken.From, taken.To, TokenAmount.From(taken.Value))]
            : [];
        return new SentCall(to, value, data, expected, "shape") { Intent = intent };
    }

    // Operations in the order of the batch; of each call whether it succeeded and its logs; then the machinery's logs; then findings.
    private static string Expected(JsonElement shape)
    {
        IEnumerable<string> calls = shape.GetProperty("operations").EnumerateArray().SelectMany(
            operation => operation.GetProperty("calls").EnumerateArray()).Select(
            call => $"{(call.GetProperty("success").GetBoolean() ? "ok" : "failed")} {call.GetProperty("logs").GetRawText()}");
        return $"{string.Join(", ", calls)}; overhead {shape.GetProperty("overhead").GetRawText()}";
    }

    private static async Task<string> FoundAsync(IndexHarness index, string hash)
    {
        string calls = string.Join(", ", await index.LinesAsync(
            $"""
            select case when r.succeeded then 'ok' else 'failed' end
                   || ' [' || coalesce(string_agg(l.log_index::text, ',' order by l.log_index), '') || ']'
                   || case when r.call_id is null then ' nobody''s' when r.operation is null then ' not executed' else '' end
                   || coalesce((select string_agg(' ' || f.kind, '') from attribution.v_finding f
                                where f.transaction_id = r.transaction_id and f.ordinal = r.ordinal and f.kind <> 'failed'), '')
            from   attribution.v_call_result r
            left   join attribution.v_log l on l.transaction_id = r.transaction_id and l.ordinal = r.ordinal
            where  r.tx_hash = '\x{hash[2..]}'
            group  by r.transaction_id, r.ordinal, r.succeeded, r.call_id, r.operation
            order  by r.ordinal
            """, Cancelled));
        IReadOnlyList<string> overhead = await index.LinesAsync(
            $"select log_index from attribution.v_log where tx_hash = '\\x{hash[2..]}' and role = 'overhead' order by 1", Cancelled);
        return $"{calls}; overhead [{string.Join(',', overhead)}]";
    }
}
