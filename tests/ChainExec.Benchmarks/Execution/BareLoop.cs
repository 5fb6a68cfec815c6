using System.Globalization;
using System.Numerics;
using System.Text.Json;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;
using ChainExec.TestKit;

namespace ChainExec.Benchmarks.Execution;

/// <summary>
/// A loop that signs and sends the same payments and does nothing else: no database, no fee market, no checks. It keeps as many in flight
/// as the service may, and asks for its mined nonce all the time.
/// </summary>
internal static class BareLoop
{
    private const int InFlightMax = 16;
    private const ulong Gas = 100_000;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly UInt256 Fee = 10_000_000_000;

    /// <summary>Payments per second that became final, over so long.</summary>
    public static async Task<double> RateAsync(
        ExecutionStack stack, TimeSpan warmUp, TimeSpan measured, CancellationToken cancellationToken)
    {
        // Not an account of the service, which would take its transactions for somebody else's use of a key.
        using PrivateKey key = PrivateKey.FromBytes(stack.Unused.Dequeue());
        string sender = key.Address.ToString();
        await stack.Node.FundAsync(sender, BigInteger.Pow(10, 20), cancellationToken);
        await stack.Node.MintAsync(stack.Tokens.Tusd, sender, BigInteger.Pow(10, 12), cancellationToken);
        Address token = Address.Parse(stack.Tokens.Tusd);
        byte[] data = Convert.FromHexString(TokenCalls.Transfer(DevNode.DevAccounts[5], 10_000)[2..]);
        ulong next = await NonceAsync(stack, sender, "latest", cancellationToken);
        long began = TimeProvider.System.GetTimestamp();
        (ulong Nonce, TimeSpan At)? first = null;
        while (true)
        {
            ulong mined = await NonceAsync(stack, sender, "latest", cancellationToken);
            for (; next < mined + InFlightMax; next++)
            {
                SignedTransaction signed = new Eip1559Transaction(
                    (ulong)ExecutionStack.Chain, next, 1_000_000_000, Fee, Gas, token, UInt256.Zero, data, []).Sign(key);
                await stack.Node.RpcAsync(
                    "eth_sendRawTransaction", [$"0x{Convert.ToHexStringLower(signed.Encode())}"], cancellationToken);
            }

            TimeSpan at = TimeProvider.System.GetElapsedTime(began);
            if (at >= warmUp)
                first ??= (await NonceAsync(stack, sender, "finalized", cancellationToken), at);
            if (first is { } start && at >= start.At + measured)
            {
                ulong final = await NonceAsync(stack, sender, "finalized", cancellationToken);
                return (final - start.Nonce) / (at - start.At).TotalSeconds;
            }

            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<ulong> NonceAsync(ExecutionStack stack, string sender, string tag, CancellationToken cancellationToken)
    {
        JsonElement hex = await stack.Node.RpcAsync("eth_getTransactionCount", [sender, tag], cancellationToken);
        return (ulong)BigInteger.Parse("0" + hex.GetString()![2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
