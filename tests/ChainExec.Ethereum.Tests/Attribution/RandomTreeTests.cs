using ChainExec.Ethereum.Attribution;
using ChainExec.Ethereum.Traces;

namespace ChainExec.Ethereum.Tests.Attribution;

/// <summary>Random transactions whose truth is known because they were made.</summary>
public sealed class RandomTreeTests
{
    private const int Rounds = 3000;

    [Fact]
    public void Every_log_is_of_the_call_that_emitted_it()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("CHAINEXEC_TEST_SEED"), out int given) ? given : Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        int logs = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var builder = new TreeBuilder(new Random(seed + round));
            Node root = builder.Make();
            TransactionAttribution found = TransactionAttribution.Of(
                TreeBuilder.Receipt(root, firstIndex: 7), root.ToFrame(), BatchTable.Shipped);
            Check(builder, root, found, $"seed {seed + round}");
            logs += found.OverheadLogs.Count;
        }

        Assert.True(logs > Rounds);
    }

    private static void Check(TreeBuilder builder, Node root, TransactionAttribution found, string seed)
    {
        Assert.True(found.Reason is null, $"{seed}: {found.Reason}");
        (CallFrameLog Log, int Owner)[] truth = [.. root.Lasting()];
        int[] owners = new int[truth.Length];
        owners.AsSpan().Fill(int.MinValue);
        foreach (int log in found.OverheadLogs)
        {
            owners[log] = TreeBuilder.Overhead;
        }

        Assert.True(builder.Operations.Count == found.Operations.Count, $"{seed}: {found.Operations.Count} operations");
        foreach ((AttributedOperation operation, int at) in found.Operations.Select((operation, at) => (operation, at)))
        {
            (OperationKind kind, Address account, bool success, List<TrueCall> calls) = builder.Operations[at];
            Assert.True((kind, account, success) == (operation.Kind, operation.Account, operation.Success), $"{seed}: operation {at}");
            Assert.True(calls.Count == operation.Calls.Count, $"{seed}: {operation.Calls.Count} calls of {calls.Count}");
            for (int i = 0; i < calls.Count; i++)
            {
                AttributedCall call = operation.Calls[i];
                bool same = call.To == calls[i].To && call.Value == calls[i].Value && call.Success == calls[i].Success
                    && call.Operation == calls[i].Operation && call.Data.Span.SequenceEqual(calls[i].Data);
                Assert.True(same, $"{seed}: operation {at}, call {i}");
                foreach (int log in call.Logs)
                {
                    owners[log] = calls[i].Owner;
                }
            }
        }

        Assert.True(owners.SequenceEqual(truth.Select(log => log.Owner)), $"{seed}: a log is of another call");
    }
}
