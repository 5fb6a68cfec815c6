using System.Text.Json;
using System.Text.Json.Nodes;
using ChainExec.Calls.Abis;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Indexing.Gaps;

/// <summary>Whether accounts hold anything at a block: of the native coin, or of listed tokens.</summary>
internal sealed class BalanceQuestion(IReadOnlyList<Address> accounts, IReadOnlyList<Address> tokens, BlockRef block)
{
    /// <summary>When two providers said the same.</summary>
    public static IEqualityComparer<IReadOnlyList<bool>> Equality { get; } = EqualityComparer<IReadOnlyList<bool>>.Create(
        (left, right) => left!.SequenceEqual(right!), held => held.Count);

    /// <summary>One answer for each account. What a token refuses to tell counts as held: then it is looked for.</summary>
    public async Task<IReadOnlyList<bool>?> AskAsync(RpcClient client, CancellationToken cancellationToken)
    {
        string at = BlockTag.Number((ulong)block.Number).ToString();
        List<RpcRequest> requests =
        [
            .. from account in accounts
               from request in (IEnumerable<RpcRequest>)
               [
                   new RpcRequest("eth_getBalance", [account.ToHex(), at]),
                   .. tokens.Select(token => new RpcRequest(
                       "eth_call",
                       [
                           new JsonObject
                           {
                               ["to"] = token.ToHex(),
                               ["data"] = Hex.Encode(new Erc20.BalanceOfCall(account).Encode()),
                           },
                           at,
                       ])),
               ]
               select request,
        ];
        IReadOnlyList<RpcBatchAnswer> answers = await client.BatchAllAsync(requests, cancellationToken);
        int each = 1 + tokens.Count;
        return [.. accounts.Select((_, index) => answers.Skip(index * each).Take(each).Any(Holds))];
    }

    private static bool Holds(RpcBatchAnswer answer)
    {
        if (answer.Error is { } error)
            return error.Classification.Class == RpcErrorClass.Reverted ? true : throw error;
        return answer.Result.ValueKind != JsonValueKind.String || answer.Result.GetString() is not ['0', 'x', .. var digits]
            || digits.AsSpan().ContainsAnyExcept('0');
    }
}
