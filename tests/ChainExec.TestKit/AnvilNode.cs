using System.Globalization;

namespace ChainExec.TestKit;

/// <summary>An anvil node of its own: started from the pinned package, never left behind, its cache folder removed.</summary>
public sealed class AnvilNode : DevNode
{
    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(5);
    private static readonly Lazy<Task> Installed = new(() => InstallAsync(RepositoryRoot.Combine("anvil", "install.sh"), InstallDeadline));

    private readonly AnvilOptions _options;
    private readonly string _cacheFolder;

    private AnvilNode(AnvilOptions options, string cacheFolder)
    {
        _options = options;
        _cacheFolder = cacheFolder;
    }

    /// <inheritdoc/>
    protected override string Program => "anvil";

    /// <inheritdoc/>
    protected override bool MinesWhenTold => _options.BlockTime == null;

    /// <summary>Starts a node and waits until it answers. Installs the pinned package first if this clone has not got it.</summary>
    public static async Task<AnvilNode> StartAsync(AnvilOptions options, CancellationToken cancellationToken)
    {
        await Installed.Value.WaitAsync(cancellationToken);
        string cacheFolder = Directory.CreateTempSubdirectory("ce-anvil-").FullName;
        Reaper.RemoveFolder(cacheFolder);
        AnvilNode node = new(options, cacheFolder);
        await node.StartAsync(options.Port, cancellationToken);
        return node;
    }

    /// <summary>The signed bytes of a transaction the node knows, to put it into another block with
    /// <see cref="DevNode.ReorgAsync"/>.</summary>
    public async Task<string> RawTransactionAsync(string hash, CancellationToken cancellationToken) =>
        (await RpcAsync("eth_getRawTransactionByHash", [hash], cancellationToken)).GetString()!;

    /// <inheritdoc/>
    protected override void RemoveFiles()
    {
        if (Directory.Exists(_cacheFolder))
            Directory.Delete(_cacheFolder, recursive: true);
    }

    /// <inheritdoc/>
    protected override ChildProcess StartProcess()
    {
        string binary = Environment.GetEnvironmentVariable("CHAINEXEC_ANVIL_BIN")
            ?? RepositoryRoot.Combine("anvil", "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil");
        string seconds = (_options.BlockTime ?? TimeSpan.Zero).TotalSeconds.ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "--host", "127.0.0.1", "--port", $"{Port}", "--quiet", "--cache-path", _cacheFolder, "--chain-id", $"{_options.ChainId}",
            "--slots-in-an-epoch", $"{_options.SlotsInAnEpoch}",
        ];
        // Never automine: under load it leaves transactions in the pool until another one arrives.
        arguments.AddRange(_options.BlockTime == null ? ["--no-mining"] : ["--block-time", seconds]);
        if (_options.StateFile != null)
            arguments.AddRange(["--state", _options.StateFile, "--state-interval", "1"]);
        arguments.AddRange(_options.ExtraArguments);

        return ChildProcess.Start(binary, arguments);
    }
}
