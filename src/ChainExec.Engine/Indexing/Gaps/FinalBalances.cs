using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Calls.Abis;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Indexing.Backfill;

namespace ChainExec.Indexing.Gaps;

/// <summary>Whose balance of what.</summary>
/// <param name="Token">The contract; nothing for the native coin.</param>
internal sealed record BalanceAsked(Address Account, Address? Token);

/// <summary>Reads balances at a final block: as many believed providers as finality asks for must say the same.</summary>
internal sealed class FinalBalances(ChainNodes nodes, ChainEndpoints endpoints)
{
    /// <summary>Balances in one request at most.</summary>
    public const int AskedMax = 100;

    private const int WordLength = 32;

    private static readonly IEqualityComparer<IReadOnlyList<TokenAmount>> Equality =
        EqualityComparer<IReadOnlyList<TokenAmount>>.Create((left, right) => left!.SequenceEqual(right!), told => told.Count);

    /// <summary>One balance for each that is asked for, at most <see cref="AskedMax"/>, in base units.</summary>
    /// <exception cref="NodeFaultException">Too few providers said the same, or none has the state of that block.</exception>
    /// <exception cref="RpcException">A provider failed, or said what is no balance.</exception>
    public async Task<IReadOnlyList<TokenAmount>> ReadAsync(
        IReadOnlyList<BalanceAsked> asked, BlockRef at, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(asked.Count, AskedMax);
        RpcEndpointSet set = await endpoints.GetAsync(cancellationToken);
        int quorum = nodes.Profile.FinalityQuorum;
        string block = BlockTag.Number((ulong)at.Number).ToString();
        RpcFinding<IReadOnlyList<TokenAmount>> finding = await set.ReadAsync<IReadOnlyList<TokenAmount>>(
            async (client, token) =>
            {
                IReadOnlyList<RpcBatchAnswer> answers = await client.BatchAllAsync([.. asked.Select(one => Request(one, block))], token);
                return [.. answers.Zip(asked, (answer, one) => Read(client.Name, answer, one.Token is not null))];
            },
            quorum > 1 ? RpcReadMode.Quorum(quorum) : RpcReadMode.FreshestHead, Equality, atLeast: (ulong)at.Number, cancellationToken);
        return finding is RpcFound<IReadOnlyList<TokenAmount>> { Value: var told }
            ? told
            : throw new NodeFaultException(provider: null, $"too few told the balances of {asked.Count} accounts at block {at.Number}");
    }

    private static RpcRequest Request(BalanceAsked asked, string block) => asked.Token is not { } token
        ? new RpcRequest("eth_getBalance", [asked.Account.ToHex(), block])
        : new RpcRequest(
            "eth_call",
            [
                new JsonObject
                {
                    ["to"] = token.ToHex(),
                    ["data"] = Hex.Encode(new Erc20.BalanceOfCall(asked.Account).Encode()),
                },
                block,
            ]);

    private static TokenAmount Read(string provider, RpcBatchAnswer answer, bool isWord)
    {
        if (answer.Error is { } error)
            throw error;
        string text = answer.Result.ValueKind == JsonValueKind.String ? answer.Result.GetString()! : "";
        try
        {
            if (!isWord)
                return TokenAmount.From(Hex.DecodeQuantity(text));
            byte[] word = Hex.Decode(text);
            return word.Length == WordLength
                ? TokenAmount.From(UInt256.ReadBigEndian(word))
                : throw new FormatException($"{word.Length} bytes");
        }
        catch (FormatException exception)
        {
            throw new RpcProtocolException(provider, "a balance is no quantity", exception);
        }
    }
}
