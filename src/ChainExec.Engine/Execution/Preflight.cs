using System.Numerics;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Rpc;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>What a transaction would do if it were sent now.</summary>
internal abstract record PreflightResult
{
    private PreflightResult()
    {
    }

    /// <summary>It would succeed at this price.</summary>
    /// <param name="DataFee">What the chain charges beside gas, as it is forecast, in wei.</param>
    internal sealed record Ready(long GasLimit, FeeQuote Fees, long Block, TokenAmount DataFee) : PreflightResult
    {
        /// <summary>The most it can cost besides its value, in wei, as far as the data fee is forecast right.</summary>
        public TokenAmount MaxFee => new(GasLimit * Fees.MaxFeePerGas.BaseUnits + DataFee.BaseUnits);
    }

    /// <summary>It would revert, for this decoded reason.</summary>
    internal sealed record WouldRevert(string Kind, string Message) : PreflightResult;

    /// <summary>The token answers false: it would consume gas and move nothing.</summary>
    internal sealed record WouldHaveNoEffect(string Message) : PreflightResult;

    /// <summary>The sender has less native coin than the call itself takes from it.</summary>
    internal sealed record CannotPay(string Message) : PreflightResult;

    /// <summary>The fee market is above what is ever signed.</summary>
    internal sealed record MarketAboveCap : PreflightResult;
}

/// <summary>Simulates one call from a sender and prices it. Reads only; nothing is stored.</summary>
internal sealed class Preflight(
    FeeEstimator fees, FeeMarket market, DataFeeForecast dataFees, ProviderTrust trust, IOptions<ExecutionOptions> options)
{
    /// <summary>The errors of contracts that are told by name.</summary>
    internal static IReadOnlyList<AbiError> KnownErrors { get; } =
    [
        .. new[]
        {
            // ERC-6093, the standard errors of tokens.
            "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
            "error ERC20InvalidSender(address sender)",
            "error ERC20InvalidReceiver(address receiver)",
            "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
            "error ERC20InvalidApprover(address approver)",
            "error ERC20InvalidSpender(address spender)",
            "error EnforcedPause()",
            "error ExpectedPause()",
            "error Blocked(address account)",
            "error AccountBlocked(address account)",
        }.Select(AbiError.Parse),
    ];

    /// <param name="head">Where the index stands; the market is asked once for each head. Now, when nothing is given.</param>
    /// <param name="isFill">Whether it is to consume a nonce and no more: then no oracle of a data fee stands in its way.</param>
    /// <exception cref="RpcException">No provider of the chain gave an answer that decides.</exception>
    public async Task<PreflightResult> RunAsync(
        ChainProfile chain, Address sender, Address to, TokenAmount value, ReadOnlyMemory<byte> data, CancellationToken cancellationToken,
        long? head = null, bool isFill = false)
    {
        RpcUnavailableException? last = null;
        foreach (ChainProvider provider in await trust.BelievedAsync(chain, cancellationToken))
        {
            try
            {
                var request = new CallRequest { From = sender, To = to, Value = value.ToUInt256(), Data = data };
                return await RunAsync(chain, provider.Client, request, head, isFill, cancellationToken);
            }
            catch (RpcUnavailableException exception)
            {
                last = exception;
            }
        }

        throw last ?? ProviderTrust.Nobody(chain);
    }

    private async Task<PreflightResult> RunAsync(
        ChainProfile chain, RpcClient provider, CallRequest request, long? head, bool isFill, CancellationToken cancellationToken)
    {
        long block;
        ulong gas;
        try
        {
            (block, byte[] result) = await SimulateAsync(provider, request, head, cancellationToken);
            if (ReturnsFalse(request, result))
                return new PreflightResult.WouldHaveNoEffect("The token answers false: it would move nothing.");
            gas = await provider.EstimateGasAsync(request, BlockTag.Number((ulong)block), cancellationToken);
        }
        catch (RpcErrorException exception) when (IsRevert(exception))
        {
            RevertReason reason = RevertReason.Decode(exception.ErrorData.Span, KnownErrors);
            return new PreflightResult.WouldRevert(reason.Kind, reason.Message);
        }
        catch (RpcErrorException exception) when (
            exception.Classification.Class == RpcErrorClass.InsufficientFunds && !request.Value.GetValueOrDefault().IsZero)
        {
            return new PreflightResult.CannotPay($"{request.From} cannot pay the value of the call: {exception.NodeMessage}");
        }

        FeeQuote? quote = head is { } known
            ? await market.QuoteAsync(chain, known, cancellationToken)
            : await fees.QuoteAsync(provider, cancellationToken);
        if (quote is null)
            return new PreflightResult.MarketAboveCap();
        long limit = (long)(((BigInteger)gas * (100 + options.Value.GasMarginPercent) + 99) / 100);
        TokenAmount dataFee = isFill
            ? await dataFees.AskForFillAsync(chain, request, limit, quote, options.Value.FillFeeMaxWei, cancellationToken)
            : await dataFees.AskAsync(chain, request, limit, quote, cancellationToken);
        return new PreflightResult.Ready(limit, quote, block, dataFee);
    }

    // On the block that the index holds, so that what is kept as the block of the simulation is it. A node that does not have that block
    // yet, or any more, is asked on its own head, which is then what is kept.
    private static async Task<(long Block, byte[] Result)> SimulateAsync(
        RpcClient provider, CallRequest request, long? head, CancellationToken cancellationToken)
    {
        if (head is { } indexed && await TrySimulateAsync(provider, request, indexed, cancellationToken) is { } simulated)
            return (indexed, simulated);
        ulong own = await provider.BlockNumberAsync(cancellationToken);
        return (checked((long)own), await provider.CallAsync(request, BlockTag.Number(own), cancellationToken));
    }

    private static async Task<byte[]?> TrySimulateAsync(
        RpcClient provider, CallRequest request, long block, CancellationToken cancellationToken)
    {
        try
        {
            return await provider.CallAsync(request, BlockTag.Number((ulong)block), cancellationToken);
        }
        catch (RpcErrorException exception) when (!IsRevert(exception))
        {
            return null;
        }
    }

    private static bool IsRevert(RpcErrorException exception) =>
        exception.Classification.Class == RpcErrorClass.Reverted;

    // Tokens of the first years return nothing at all; that is success. A word of zero is the refusal that never reverts.
    private static bool ReturnsFalse(CallRequest request, ReadOnlySpan<byte> result) =>
        request.Data.Length >= 4 && result.Length == 32 && !result.ContainsAnyExcept((byte)0);
}
