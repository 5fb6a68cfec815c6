using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.TestKit.Simulated;

/// <summary>The JSON-RPC methods of one view. Called with the chain locked.</summary>
internal sealed class RpcMethods(SimulatedChain chain, ProviderView view)
{
    private const int MethodNotFound = -32601;
    private const int Reverted = 3;
    private const string ClientVersion = "Geth/v1.16.0-simulated/linux-amd64/go1.24";

    private BlockTree Tree => chain.Tree;

    /// <exception cref="NodeErrorException">The node refuses, in geth's words.</exception>
    public JsonNode? Invoke(string method, RpcParameters parameters) => method switch
    {
        "eth_chainId" => RpcRendering.Quantity(chain.Options.ChainId),
        "net_version" => $"{chain.Options.ChainId}",
        "web3_clientVersion" => ClientVersion,
        "eth_syncing" => false,
        "eth_blockNumber" => RpcRendering.Quantity(view.Head.Number),
        "eth_getBlockByNumber" => Named(parameters.Text(0)) is { } block ? RpcRendering.Block(block, parameters.Flag(1)) : null,
        "eth_getBlockByHash" => Known(parameters.Hash(0)) is { } block ? RpcRendering.Block(block, parameters.Flag(1)) : null,
        "eth_getBlockReceipts" => Selected(parameters[0]) is { } block ? RpcRendering.Receipts(block) : null,
        "eth_getTransactionByHash" => Transaction(parameters.Hash(0)),
        "eth_getTransactionReceipt" => Tree.Including(view.Head, parameters.Hash(0)) is { } block
            ? RpcRendering.Receipt(block, block.IndexOf(parameters.Hash(0))!.Value)
            : null,
        "eth_getTransactionCount" => TransactionCount(parameters.Address(0), parameters[1]),
        "eth_getBalance" => RpcRendering.Quantity(Account(parameters).Balance),
        "eth_getCode" => Hex.Encode(Account(parameters).Code.Span),
        "eth_call" => Hex.Encode(Call(parameters[0], StateBlock(parameters[1])).Output.Span),
        "eth_estimateGas" => RpcRendering.Quantity(Estimate(parameters[0], StateBlock(parameters[1]))),
        "eth_gasPrice" => RpcRendering.Quantity(view.Head.BaseFee + RpcFees.SuggestedTip(chain, view.Head)),
        "eth_maxPriorityFeePerGas" => RpcRendering.Quantity(RpcFees.SuggestedTip(chain, view.Head)),
        "eth_feeHistory" => RpcFees.History(chain, StateBlock(parameters[1]), parameters),
        "eth_getLogs" => RpcLogs.Find(Tree, view.Head, Named, Known, parameters[0]),
        "eth_sendRawTransaction" => Send(parameters.Bytes(0)),
        "txpool_status" => PoolStatus(),
        "txpool_contentFrom" => PoolContentFrom(parameters.Address(0)),
        _ => throw new NodeErrorException(MethodNotFound, $"the method {method} does not exist/is not available", null),
    };

    /// <summary>The hash that a send of these bytes is answered with.</summary>
    public static JsonNode HashOfSent(RpcParameters parameters) => RpcRendering.Text(Keccak256.Hash(parameters.Bytes(0)));

    private JsonNode Send(byte[] raw)
    {
        SimulatedTransaction transaction;
        try
        {
            transaction = SimulatedTransaction.FromRaw(raw);
        }
        catch (UnsupportedTransactionTypeException)
        {
            throw new NodeErrorException("transaction type not supported");
        }
        catch (TransactionException error)
        {
            throw new NodeErrorException($"rlp: {error.Message}");
        }

        try
        {
            view.Pool.Add(transaction);
        }
        catch (NodeErrorException refusal)
        {
            chain.Note($"{view.Name} refuses {transaction.Hash}: {refusal.Message}");
            throw;
        }

        chain.Note($"{view.Name} accepts {transaction.Hash}");
        if (view.TellsGossip)
            chain.SpreadFrom(view, transaction);
        return RpcRendering.Text(transaction.Hash);
    }

    private JsonNode? Transaction(Hash32 hash)
    {
        if (Tree.Including(view.Head, hash) is { } block)
        {
            int index = block.IndexOf(hash)!.Value;
            return RpcRendering.Transaction(block.Receipts[index].Transaction, block, index);
        }

        return view.Pool.Find(hash) is { } pooled ? RpcRendering.Transaction(pooled, null, 0) : null;
    }

    private JsonNode TransactionCount(Address account, JsonNode? block) =>
        block is JsonValue value && value.TryGetValue(out string? tag) && tag == "pending"
            ? RpcRendering.Quantity(view.Pool.PendingNonce(account))
            : RpcRendering.Quantity(StateBlock(block).State[account].Nonce);

    private AccountState Account(RpcParameters parameters) => StateBlock(parameters[1]).State[parameters.Address(0)];

    private SimulatedBlock? Named(string tag) => tag switch
    {
        "latest" or "pending" => view.Head,
        "earliest" => Tree.At(view.Head, 0),
        "safe" => Tree.At(view.Head, Math.Max(Final, chain.SafeAt(view.Head))),
        "finalized" => Tree.At(view.Head, Final),
        _ => Tree.At(view.Head, RpcParameters.NumberOf(tag, "block number")),
    };

    private ulong Final => Math.Min(view.ClaimedFinal ?? chain.FinalizedAt(view.Head), view.Head.Number);

    // Nodes keep the blocks that left their chain, and do not know those of branches they never followed.
    private SimulatedBlock? Known(Hash32 hash) => Tree.Find(hash) is { } block && block.Number <= view.Head.Number
        && (block.WasCanonical || Tree.At(view.Head, block.Number) == block) ? block : null;

    // A number, a name, a hash, or an object that holds one of them (EIP-1898).
    private SimulatedBlock? Selected(JsonNode? selector)
    {
        if (selector is JsonObject named)
            return named["blockHash"] is { } hash ? Known(RpcParameters.HashOf(hash, "blockHash")) : Selected(named["blockNumber"]);
        if (selector is null)
            return view.Head;
        string text = RpcParameters.TextOf(selector, "block");
        return text.Length == 2 + 2 * Hash32.Size ? Known(RpcParameters.HashOf(selector, "block")) : Named(text);
    }

    private SimulatedBlock StateBlock(JsonNode? selector) => Selected(selector) ?? throw new NodeErrorException("header not found");

    private Executor.Outcome Call(JsonNode? request, SimulatedBlock block)
    {
        SimulatedTransaction call = ReadCall(request, block);
        if (block.State[call.From].Balance < call.Value)
            throw new NodeErrorException($"insufficient funds for gas * price + value: address {call.From} have less than {call.Value}");
        Executor.Outcome outcome = chain.Executor.Run(block.State, block.Environment, call);
        if (outcome.Succeeded)
            return outcome;
        if (outcome.RanOut(call.GasLimit))
            throw new NodeErrorException($"gas required exceeds allowance ({call.GasLimit})");
        string words = RevertReason.Decode(outcome.Output.Span, []) is { Kind: "error_string" } reason ? $": {reason.Message}" : "";
        throw new NodeErrorException(Reverted, $"execution reverted{words}", outcome.Output);
    }

    private UInt256 Estimate(JsonNode? request, SimulatedBlock block)
    {
        ulong used = Call(request, block).GasUsed;
        SimulatedTransaction call = ReadCall(request, block);
        return used > call.GasLimit ? throw new NodeErrorException($"gas required exceeds allowance ({call.GasLimit})") : used;
    }

    private SimulatedTransaction ReadCall(JsonNode? request, SimulatedBlock block)
    {
        if (request is not JsonObject call)
            throw RpcParameters.Invalid("the call is no object");
        Address from = call["from"] is { } sender ? RpcParameters.AddressOf(sender, "from") : Address.Zero;
        ulong gas = call["gas"] is { } limit ? RpcParameters.NumberOf(limit, "gas") : chain.Options.TransactionGasCap;
        return new SimulatedTransaction
        {
            Hash = Hash32.Zero,
            Type = Eip1559Transaction.TypeByte,
            From = from,
            To = call["to"] is { } to ? RpcParameters.AddressOf(to, "to") : null,
            Nonce = block.State[from].Nonce,
            Value = call["value"] is { } value ? RpcParameters.QuantityOf(value, "value") : UInt256.Zero,
            Data = (call["input"] ?? call["data"]) is { } data ? RpcParameters.BytesOf(data, "data") : default,
            GasLimit = Math.Min(gas, block.GasLimit),
            MaxFeePerGas = UInt256.Zero,
            MaxPriorityFeePerGas = UInt256.Zero,
        };
    }

    private JsonObject PoolStatus()
    {
        int pending = view.Pool.Accounts.Sum(account => view.Pool.Executable(account).Count());
        return new JsonObject
        {
            ["pending"] = RpcRendering.Quantity((ulong)pending),
            ["queued"] = RpcRendering.Quantity((ulong)(view.Pool.Count - pending)),
        };
    }

    private JsonObject PoolContentFrom(Address account)
    {
        ulong next = view.Pool.PendingNonce(account);
        List<SimulatedTransaction> all = [.. view.Pool.All.Where(transaction => transaction.From == account)];
        return new JsonObject
        {
            ["pending"] = ByNonce(all.Where(transaction => transaction.Nonce < next)),
            ["queued"] = ByNonce(all.Where(transaction => transaction.Nonce >= next)),
        };
    }

    private static JsonObject ByNonce(IEnumerable<SimulatedTransaction> transactions)
    {
        var list = new JsonObject();
        foreach (SimulatedTransaction transaction in transactions)
            list[$"{transaction.Nonce}"] = RpcRendering.Transaction(transaction, null, 0);
        return list;
    }
}
