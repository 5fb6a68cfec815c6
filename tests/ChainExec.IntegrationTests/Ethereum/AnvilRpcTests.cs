using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>A real node for each test, asked through the toolkit's client.</summary>
public abstract class AnvilRpcTests : IAsyncLifetime
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());

    internal AnvilNode Node { get; private set; } = null!;

    internal RpcClient Rpc { get; private set; } = null!;

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Node = await AnvilNode.StartAsync(new AnvilOptions(), Token);
        Rpc = new RpcClient("anvil", Node.HttpUri, _http, new RpcClientOptions(), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
