using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>A simulated chain with a clock that a test moves, one view, two wallets, and the product's own client.</summary>
internal sealed class SimulationHarness : IDisposable
{
    private readonly HttpMessageInvoker _http;

    public SimulationHarness(SimulatedChainOptions? options = null)
    {
        Chain = new SimulatedChain(Clock, options ?? new SimulatedChainOptions());
        _http = new HttpMessageInvoker(Chain.CreateHandler());
        View = Chain.AddView("alpha");
        Client = ClientOf(View);
        Alice = Chain.CreateWallet("alice", Wei.Ether(10));
        Bob = Chain.CreateWallet("bob", Wei.Ether(10));
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An account that nobody has the key of.</summary>
    public static Address Shop { get; } = Address.Parse("0x00000000000000000000000000000000000005b0");

    public ManualClock Clock { get; } = new();

    public SimulatedChain Chain { get; }

    public ProviderView View { get; }

    public RpcClient Client { get; }

    public Wallet Alice { get; }

    public Wallet Bob { get; }

    public RpcClient ClientOf(ProviderView view) => new(view.Name, view.Uri, _http, new RpcClientOptions(), Clock);

    public Task<Hash32> SendAsync(SimulatedTransaction transaction) => Client.SendRawTransactionAsync(transaction.Raw, Token);

    /// <summary>Sends and answers how the product classifies the refusal.</summary>
    public async Task<RpcErrorClass> RefusalAsync(SimulatedTransaction transaction) =>
        (await Assert.ThrowsAsync<RpcErrorException>(() => SendAsync(transaction))).Classification.Class;

    public SimulatedTransaction Pay(Wallet wallet, ulong nonce, ulong capGwei = 10, ulong tipGwei = 1) => wallet.Sign(new TransactionDraft
    {
        To = Shop, Value = 1, Nonce = nonce, GasLimit = 21_000,
        MaxFeePerGas = Wei.Gwei(capGwei), MaxPriorityFeePerGas = Wei.Gwei(tipGwei),
    });

    public void Dispose()
    {
        _http.Dispose();
        Chain.Dispose();
    }
}
