namespace ChainExec.Sandbox;

/// <summary>The sandbox as a process.</summary>
internal static class Program
{
    private static async Task Main(string[] args)
    {
        await using WebApplication app = SandboxHost.Build(args, []);
        await app.RunAsync();
    }
}
