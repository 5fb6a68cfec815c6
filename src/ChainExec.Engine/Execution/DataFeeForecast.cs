using System.Numerics;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.Execution;

/// <summary>
/// Forecasts what a chain charges for a transaction beside gas. Rollups of the OP Stack take a fee for publishing its bytes that no limit
/// of the transaction bounds: it is asked of the chain's own oracle, with a margin for what it may rise to until the transaction is in a
/// block.
/// </summary>
internal sealed class DataFeeForecast
{
    /// <summary>The <c>GasPriceOracle</c> predeploy of the OP Stack.</summary>
    public static readonly Address Oracle = Address.Parse("0x420000000000000000000000000000000000000F");

    // Of the unsigned bytes: the oracle adds the signature itself.
    private static readonly AbiFunction FeeOf = AbiFunction.Parse("function getL1Fee(bytes data) view returns (uint256)");

    // The nonce is bound later: the longest that one is in our times.
    private const ulong NonceMax = uint.MaxValue;

    /// <summary>The same of the first provider that answers.</summary>
    /// <exception cref="RpcException">None told an amount.</exception>
    public async Task<TokenAmount> AskAsync(
        ChainProfile chain, CallRequest call, long gasLimit, FeeQuote fees, CancellationToken cancellationToken)
    {
        RpcUnavailableException? away = null;
        foreach (ChainProvider provider in chain.Providers)
        {
            try
            {
                return await AskAsync(chain, provider, call, gasLimit, fees, cancellationToken);
            }
            catch (RpcUnavailableException exception)
            {
                away = exception;
            }
        }

        throw away as Exception ?? new InvalidOperationException($"Chain {chain.Id} has no provider.");
    }

    /// <summary>The forecast with its margin, in wei; nothing on a chain that charges none.</summary>
    /// <exception cref="RpcException">The oracle gave no amount: less than it takes must not be assumed.</exception>
    public async Task<TokenAmount> AskAsync(
        ChainProfile chain, ChainProvider provider, CallRequest call, long gasLimit, FeeQuote fees, CancellationToken cancellationToken)
    {
        if (chain.DataFee == DataFeeModel.None)
            return TokenAmount.Zero;
        byte[] transaction = new Eip1559Transaction(
            (ulong)chain.Id, NonceMax, fees.MaxPriorityFeePerGas.ToUInt256(), fees.MaxFeePerGas.ToUInt256(), (ulong)gasLimit, call.To,
            call.Value ?? UInt256.Zero, call.Data, []).EncodeUnsigned();
        byte[] answer = await provider.Client.CallAsync(
            new CallRequest { To = Oracle, Data = FeeOf.EncodeCall(transaction) }, BlockTag.Latest, cancellationToken);
        if (answer.Length != 32)
            throw new RpcProtocolException(provider.Name, $"the oracle of the data fee ({Oracle}) tells no amount");
        BigInteger now = UInt256.ReadBigEndian(answer).ToBigInteger();
        return new TokenAmount((now * (100 + chain.DataFeeMarginPercent) + 99) / 100);
    }
}
