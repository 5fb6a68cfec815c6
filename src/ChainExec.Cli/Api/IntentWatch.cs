using ChainExec.Client;

namespace ChainExec.Cli.Api;

/// <summary>Follows intents until all are final, and tells each new step once.</summary>
internal sealed class IntentWatch(ChainExecClient client, TimeProvider clock, Action<Intent, IntentStep> told)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly List<string> _ids = [];
    private readonly Dictionary<string, int> _told = [];

    public void Add(string id) => _ids.Add(id);

    /// <summary>The intents in their final states, in the order in which they were added.</summary>
    /// <exception cref="CliException">Some are not final in time.</exception>
    public async Task<IReadOnlyList<Intent>> RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        long began = clock.GetTimestamp();
        while (true)
        {
            List<Intent> now = [];
            foreach (string id in _ids)
                now.Add(await LookAsync(id, cancellationToken));
            if (now.TrueForAll(intent => intent.IsFinal))
                return now;
            if (clock.GetElapsedTime(began) > timeout)
            {
                string open = string.Join(", ", now.Where(intent => !intent.IsFinal).Select(Say));
                throw new CliException($"Not final after {timeout.TotalSeconds} s: {open}");
            }

            await Task.Delay(Poll, clock, cancellationToken);
        }
    }

    private static string Say(Intent intent) => $"{intent.Id} is {intent.Status}{(intent.Reason is null ? "" : $" ({intent.Reason})")}";

    private async Task<Intent> LookAsync(string id, CancellationToken cancellationToken)
    {
        Intent intent = await client.GetIntentAsync(id, cancellationToken);
        int before = _told.GetValueOrDefault(id);
        foreach (IntentStep step in (intent.Timeline ?? []).Skip(before))
            told(intent, step);
        _told[id] = Math.Max(before, intent.Timeline?.Count ?? 0);
        return intent;
    }
}
