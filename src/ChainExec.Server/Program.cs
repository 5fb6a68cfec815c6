using ChainExec.Indexing;
using ChainExec.Server.Composition;
using Microsoft.Extensions.Options;

namespace ChainExec.Server;

/// <summary>The service. Ends with 0 when it was told to stop, 2 when it refuses to start, 3 when a node serves another chain.</summary>
internal static class Program
{
    private const int Refused = 2;
    private const int OtherChain = 3;

    private static async Task<int> Main(string[] args)
    {
        try
        {
            await using WebApplication app = ServerHost.Build(args);
            await app.RunAsync();
            return 0;
        }
        catch (StartRefusedException refusal)
        {
            foreach (string finding in refusal.Findings)
                await Console.Error.WriteLineAsync(finding);
            return Refused;
        }
        catch (OptionsValidationException invalid)
        {
            foreach (string failure in invalid.Failures)
                await Console.Error.WriteLineAsync(failure);
            return Refused;
        }
        catch (ChainMismatchException mismatch)
        {
            await Console.Error.WriteLineAsync(mismatch.Message);
            return OtherChain;
        }
    }
}
