using System.Text.RegularExpressions;
using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// One provider's view of the chain: a node with a pool of its own that can lag, lie, fail and go astray. An honest one unless told
/// otherwise.
/// </summary>
public sealed class ProviderView
{
    private const string HostSuffix = ".simulated";
    private readonly List<FaultRule> _rules = [];
    private readonly SortedDictionary<string, int> _requests = new(StringComparer.Ordinal);
    private SimulatedBlock? _served;
    private ulong _lag;
    private ulong? _claimedFinal;
    private bool _isDown;
    private bool _tellsGossip = true;
    private bool _hearsGossip = true;

    internal ProviderView(SimulatedChain chain, string name, TransactionPool pool)
    {
        if (!Regex.IsMatch(name, "^[a-z][a-z0-9-]*$"))
            throw new ArgumentException("A view's name is lower-case letters, digits and hyphens: it is a host name.", nameof(name));
        Chain = chain;
        Name = name;
        Pool = pool;
    }

    /// <summary>The chain that it sees.</summary>
    public SimulatedChain Chain { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The address by which a client with the chain's handler reaches it. It exists in this process only.</summary>
    public Uri Uri => new UriBuilder(Uri.UriSchemeHttp, Name + HostSuffix).Uri;

    /// <summary>How many blocks it is behind. Its pool judges by its own head.</summary>
    public ulong Lag
    {
        get => _lag;
        set => Change(() => _lag = value, $"lag {value}");
    }

    /// <summary>True: nothing answers; connections are refused.</summary>
    public bool IsDown
    {
        get => _isDown;
        set => Change(() => _isDown = value, $"down {value}");
    }

    /// <summary>False: what is sent to it stays in its own pool, where no miner sees it. See <see cref="TellAll"/>.</summary>
    public bool TellsGossip
    {
        get => _tellsGossip;
        set => Change(() => _tellsGossip = value, $"tells {value}");
    }

    /// <summary>False: it does not hear of transactions that were sent elsewhere.</summary>
    public bool HearsGossip
    {
        get => _hearsGossip;
        set => Change(() => _hearsGossip = value, $"hears {value}");
    }

    /// <summary>The height that it claims to be final, whatever the chain says; nothing: what the chain says.</summary>
    public ulong? ClaimedFinal
    {
        get => _claimedFinal;
        set => Change(() => _claimedFinal = value, $"claims final {value}");
    }

    /// <summary>The block that it takes for the newest.</summary>
    public SimulatedBlock Head
    {
        get
        {
            lock (Chain.Gate)
            {
                SimulatedBlock head = _served ?? Chain.Tree.Head;
                return Chain.Tree.At(head, head.Number > _lag ? head.Number - _lag : 0)!;
            }
        }
    }

    /// <summary>What its pool holds.</summary>
    public IReadOnlyList<SimulatedTransaction> PoolContent
    {
        get
        {
            lock (Chain.Gate)
                return [.. Pool.All];
        }
    }

    /// <summary>How often each method was asked for, failed requests too.</summary>
    public IReadOnlyDictionary<string, int> Requests
    {
        get
        {
            lock (Chain.Gate)
                return new SortedDictionary<string, int>(_requests, StringComparer.Ordinal);
        }
    }

    internal TransactionPool Pool { get; }

    /// <summary>Serves another branch as if it were the chain, with its own head and final block, until <see cref="ServeChain"/>.</summary>
    public void Serve(SimulatedBlock head) => Change(() => _served = head, $"serves {head.Number} {head.Hash}");

    /// <summary>Serves the chain again.</summary>
    public void ServeChain() => Change(() => _served = null, "serves the chain");

    /// <summary>The next requests fail; of these methods, or of all when none is named.</summary>
    public void FailNext(int requests, Fault fault, params IReadOnlyList<string> methods) =>
        Add(new FaultRule(fault, methods) { Left = requests });

    /// <summary>Requests fail while the clock moves by that much.</summary>
    public void FailFor(TimeSpan duration, Fault fault, params IReadOnlyList<string> methods) =>
        Add(new FaultRule(fault, methods) { Until = Chain.UtcNow + duration });

    /// <summary>Requests fail until <see cref="Heal"/>.</summary>
    public void FailAlways(Fault fault, params IReadOnlyList<string> methods) => Add(new FaultRule(fault, methods));

    /// <summary>
    /// Requests fail by chance until <see cref="Heal"/>: of a thousand so many. A seeded <paramref name="random"/> makes the same requests
    /// fail again in the next run.
    /// </summary>
    public void FailSometimes(Random random, int perMille, Fault fault, params IReadOnlyList<string> methods) =>
        Add(new FaultRule(fault, methods) { Chance = (perMille, random) });

    /// <summary>Ends every fault: up, abreast of the chain, honest, telling and hearing. What it did not hear stays unheard.</summary>
    public void Heal()
    {
        lock (Chain.Gate)
        {
            _rules.Clear();
            (_lag, _isDown, _tellsGossip, _hearsGossip, _claimedFinal, _served) = (0, false, true, true, null, null);
            Pool.Reset(Head);
            Chain.Note($"{Name} healed");
        }
    }

    /// <summary>Tells the others and the miners of everything in its pool.</summary>
    public void TellAll()
    {
        lock (Chain.Gate)
        {
            foreach (SimulatedTransaction transaction in Pool.All.ToList())
                Chain.SpreadFrom(this, transaction);
        }
    }

    /// <summary>Takes a transaction out of its pool, as an eviction does. The other pools keep it.</summary>
    /// <returns>False when the pool does not hold it.</returns>
    public bool Drop(Hash32 transaction)
    {
        lock (Chain.Gate)
        {
            Chain.Note($"{Name} drops {transaction}");
            return Pool.Drop(transaction);
        }
    }

    /// <summary>Empties its pool, as a restart does.</summary>
    public void ClearPool() => Change(Pool.Clear, "clears its pool");

    internal static string NameOf(Uri uri) =>
        uri.Host.EndsWith(HostSuffix, StringComparison.Ordinal) ? uri.Host[..^HostSuffix.Length] : uri.Host;

    /// <summary>Follows the chain: called whenever the head has moved.</summary>
    internal void Follow() => Pool.Reset(Head);

    /// <summary>Counts a request and decides whether it fails.</summary>
    internal Fault? Judge(string method)
    {
        _requests[method] = _requests.GetValueOrDefault(method) + 1;
        DateTimeOffset now = Chain.UtcNow;
        _rules.RemoveAll(rule => rule.IsOver(now));
        Fault? fault = _rules.Find(rule => rule.Strikes(method))?.Fault;
        if (fault is not null)
            Chain.Note($"{Name} {method} fails: {fault.Name}");
        return fault;
    }

    private void Add(FaultRule rule)
    {
        lock (Chain.Gate)
            _rules.Add(rule);
    }

    private void Change(Action change, string what)
    {
        lock (Chain.Gate)
        {
            change();
            Pool.Reset(Head);
            Chain.Note($"{Name} {what}");
        }
    }
}
