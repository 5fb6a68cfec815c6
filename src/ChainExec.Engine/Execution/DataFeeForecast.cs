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
internal sealed class DataFeeForecast(ProviderTrust trust)
{
    /// <summary>The <c>GasPriceOracle</c> predeploy of the OP Stack.</summary>
    public static readonly Address Oracle = Address.Parse("0x420000000000000000000000000000000000000F");

    // Of the unsigned bytes: the oracle adds the signature itself.
    private static readonly AbiFunction FeeOf = AbiFunction.Parse("function getL1Fee(bytes data) view returns (uint256)");

    // What the operator takes on top, of the gas used (Isthmus); no more than of the gas limit. The oracle knows the formula of its fork.
    private static readonly AbiFunction OperatorFeeOf =
        AbiFunction.Parse("function getOperatorFee(uint256 gasUsed) view returns (uint256)");

    // No rollup takes a hundredth of that. An oracle that tells more is wrong, and what it tells must not be reserved.
    private static readonly BigInteger Most = BigInteger.Pow(10, 20);

    // The nonce is bound later: the longest that one is in our times.
    private const ulong NonceMax = uint.MaxValue;

    /// <summary>The forecast with its margin, in wei, of the first provider that tells one; nothing on a chain that charges none.</summary>
    /// <exception cref="RpcException">None told an amount: less than it takes must not be assumed.</exception>
    public async Task<TokenAmount> AskAsync(
        ChainProfile chain, CallRequest call, long gasLimit, FeeQuote fees, CancellationToken cancellationToken)
    {
        if (chain.DataFee == DataFeeModel.None)
            return TokenAmount.Zero;
        RpcException? last = null;
        foreach (ChainProvider provider in await trust.BelievedAsync(chain, cancellationToken))
        {
            try
            {
                return await AskAsync(chain, provider, call, gasLimit, fees, cancellationToken);
            }
            catch (RpcException exception)
            {
                last = exception;
            }
        }

        throw last ?? ProviderTrust.Nobody(chain);
    }

    /// <summary>
    /// The forecast for what consumes a nonce: at most <paramref name="most"/>, and nothing where no oracle tells. It is bounded by itself
    /// and must come, whatever an oracle says.
    /// </summary>
    public async Task<TokenAmount> AskForFillAsync(
        ChainProfile chain, CallRequest call, long gasLimit, FeeQuote fees, BigInteger most, CancellationToken cancellationToken)
    {
        try
        {
            TokenAmount told = await AskAsync(chain, call, gasLimit, fees, cancellationToken);
            return new TokenAmount(BigInteger.Min(told.BaseUnits, most));
        }
        catch (RpcException)
        {
            return TokenAmount.Zero;
        }
    }

    private static async Task<TokenAmount> AskAsync(
        ChainProfile chain, ChainProvider provider, CallRequest call, long gasLimit, FeeQuote fees, CancellationToken cancellationToken)
    {
        byte[] transaction = new Eip1559Transaction(
            (ulong)chain.Id, NonceMax, fees.MaxPriorityFeePerGas.ToUInt256(), fees.MaxFeePerGas.ToUInt256(), (ulong)gasLimit, call.To,
            call.Value ?? UInt256.Zero, call.Data, []).EncodeUnsigned();
        BigInteger now = await ReadAsync(provider, FeeOf.EncodeCall(transaction), cancellationToken)
            + await OperatorFeeAsync(provider, gasLimit, cancellationToken);
        return new TokenAmount((now * (100 + chain.DataFeeMarginPercent) + 99) / 100);
    }

    private static async Task<BigInteger> OperatorFeeAsync(ChainProvider provider, long gasLimit, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(provider, OperatorFeeOf.EncodeCall((UInt256)(ulong)gasLimit), cancellationToken);
        }
        catch (RpcErrorException exception) when (exception.Classification.Class == RpcErrorClass.Reverted)
        {
            // An oracle from before that fork has no such function: its chain takes no such fee.
            return BigInteger.Zero;
        }
    }

    private static async Task<BigInteger> ReadAsync(ChainProvider provider, byte[] question, CancellationToken cancellationToken)
    {
        byte[] answer = await provider.Client.CallAsync(
            new CallRequest { To = Oracle, Data = question }, BlockTag.Latest, cancellationToken);
        if (answer.Length != 32)
            throw new RpcProtocolException(provider.Name, $"the oracle of the data fee ({Oracle}) tells no amount");
        BigInteger told = UInt256.ReadBigEndian(answer).ToBigInteger();
        return told <= Most
            ? told
            : throw new RpcProtocolException(provider.Name, $"the oracle of the data fee ({Oracle}) tells {told} wei");
    }
}
