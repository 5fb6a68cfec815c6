using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>An account of its own on a node that its class shares, and what the catalogue makes of the node's words.</summary>
public abstract class RpcErrorTests : IDisposable
{
    private protected const ulong Gwei = 1_000_000_000;
    private protected static readonly UInt256 Ether = 1_000_000_000_000_000_000;
    private protected static readonly Address Recipient = Address.Parse("0x00000000000000000000000000000000000a11ce");

    private protected readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private protected readonly PrivateKey _key = PrivateKey.Generate();
    private protected RpcClient _rpc = null!;

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _key.Dispose();
        _http.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the account one coin and connects.</summary>
    private protected async Task<RpcClient> ConnectAsync(DevNode node, string software)
    {
        await node.RpcAsync($"{software}_setBalance", [_key.Address.ToString(), Hex.EncodeQuantity(Ether)], Token);
        return new RpcClient(software, node.HttpUri, _http, new RpcClientOptions { NodeSoftware = software }, TimeProvider.System);
    }

    private protected async Task RefusedAsync(byte[] raw, RpcErrorClass expected, string rule)
    {
        RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(() => _rpc.SendRawTransactionAsync(raw, Token));
        Assert.Equal((new RpcErrorClassification(expected, rule), error.NodeMessage), (error.Classification, error.NodeMessage));
    }

    private protected byte[] Sign(ulong nonce, UInt256? value = null, ulong gas = 100_000, ulong feeCap = 20 * Gwei, ulong? tip = null)
    {
        var transaction = new Eip1559Transaction(
            31337, nonce, tip ?? Math.Min(feeCap, Gwei), feeCap, gas, Recipient, value ?? UInt256.One, Array.Empty<byte>(), []);
        return transaction.Encode(_key.Sign(transaction.SigningHash()));
    }
}
