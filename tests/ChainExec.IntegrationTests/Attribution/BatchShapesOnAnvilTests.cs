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
public sealed class BatchShapesOnAnvilTests
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

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_call_of_every_batch_gets_its_logs_its_result_and_its_share()
    {
        await using AnvilNode node = await AnvilNode.StartAsync(
            new AnvilOptions { ExtraArguments = ["--gas-limit", "100000000"] }, Cancelled);
        JsonElement sent = await SendShapesAsync(node);
        await using IndexHarness index = await IndexHarness.CreateAsync(node.HttpUri, options: null, Cancelled);
        await PrepareAsync(index, sent);
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
        {
            foreach (JsonElement operation in shape.GetProperty("operations").EnumerateArray())
            {
                Address account = Address.Parse(operation.GetProperty("account").GetString()!);
                accounts.Add(account);
                Guid intent = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
                await index.SentAsync(
                    Hash32.Parse(shape.GetProperty("hash").GetString()!), account,
                    [.. operation.GetProperty("calls").EnumerateArray().Select(call => CallOf(call, account, intent))], Cancelled);
            }
        }

        foreach (Address account in accounts)
            await index.RegisterAccountAsync(account, Cancelled);
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
