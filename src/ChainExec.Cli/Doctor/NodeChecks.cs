using System.Globalization;
using System.Text.Json.Nodes;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Cli.Doctor;

/// <summary>Looks at one provider of a chain: whether it is the right chain, up to date, and can do what we ask of it.</summary>
internal sealed class NodeChecks(ChainProfile chain, ChainProvider provider, TimeProvider clock)
{
    private static readonly TimeSpan AheadMax = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan BehindMax = TimeSpan.FromMinutes(5);

    private string Prefix => $"node.{chain.Name}.{provider.Name}";

    /// <summary>Everything; one error alone when the node does not answer.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            ulong id = await provider.Client.ChainIdAsync(cancellationToken);
            return
            [
                Finding.Ok($"{Prefix}.reachable", await provider.Client.ClientVersionAsync(cancellationToken)),
                id == (ulong)chain.Id
                    ? Finding.Ok($"{Prefix}.chain_id", $"{id}")
                    : Finding.Error($"{Prefix}.chain_id", $"it serves chain {id}, configured is {chain.Id}"),
                await ClockAsync(cancellationToken),
                await FinalityAsync(cancellationToken),
                await TracingAsync(cancellationToken),
            ];
        }
        catch (RpcException exception)
        {
            return [Finding.Error($"{Prefix}.reachable", exception.Message)];
        }
    }

    private async Task<Finding> ClockAsync(CancellationToken cancellationToken)
    {
        RpcBlock? block = await provider.Client.GetBlockAsync(BlockTag.Latest, fullTransactions: false, cancellationToken);
        if (block is null)
            return Finding.Error($"{Prefix}.clock", "it has no newest block");
        TimeSpan age = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds((long)block.Timestamp);
        string detail = string.Create(CultureInfo.InvariantCulture, $"block {block.Number} is {age.TotalSeconds:0} s old");
        if (-age > AheadMax)
            return Finding.Error($"{Prefix}.clock", $"{detail}: its clock or ours is wrong");
        return age > BehindMax
            ? Finding.Warning($"{Prefix}.clock", $"{detail}: the node is behind, or the chain stands still")
            : Finding.Ok($"{Prefix}.clock", detail);
    }

    private async Task<Finding> FinalityAsync(CancellationToken cancellationToken)
    {
        if (chain.FinalityMode == FinalityMode.Depth)
            return Finding.Ok($"{Prefix}.finality", $"by depth, {chain.FinalityDepth} blocks");
        try
        {
            RpcBlock? block = await provider.Client.GetBlockAsync(BlockTag.Finalized, fullTransactions: false, cancellationToken);
            return block is null
                ? Finding.Error($"{Prefix}.finality", "it knows no finalized block")
                : Finding.Ok($"{Prefix}.finality", $"block {block.Number} is finalized");
        }
        catch (RpcErrorException exception)
        {
            return Finding.Error($"{Prefix}.finality", $"it does not know the tag finalized: {exception.NodeMessage}");
        }
    }

    private async Task<Finding> TracingAsync(CancellationToken cancellationToken)
    {
        var call = new JsonObject { ["to"] = Address.Zero.ToHex() };
        var tracer = new JsonObject { ["tracer"] = "callTracer", ["tracerConfig"] = new JsonObject { ["withLog"] = true } };
        try
        {
            await provider.Client.RawAsync("debug_traceCall", [call, "latest", tracer], cancellationToken);
            return Finding.Ok($"{Prefix}.tracing", "debug_traceCall with callTracer answers");
        }
        catch (RpcErrorException exception)
        {
            return Finding.Warning($"{Prefix}.tracing", $"not available: {exception.NodeMessage}");
        }
    }
}
