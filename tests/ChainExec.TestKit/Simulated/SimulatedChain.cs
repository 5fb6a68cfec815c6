using System.Security.Cryptography;
using System.Text;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// An EVM chain in this process: accounts, tokens, fees, pools, blocks, reorganisations and finality, seen through providers that lag, lie
/// and fail as they are told. Nothing in it is random and nothing asks a clock but the given one, so a run repeats exactly. Safe for use by
/// several threads.
/// </summary>
public sealed class SimulatedChain : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly Dictionary<Address, SimulatedContract> _contracts = [];
    private readonly List<ProviderView> _views = [];
    private readonly List<Wallet> _wallets = [];
    private readonly List<StateEdit> _edits = [];
    private readonly List<StateEdit> _carriedEdits = [];
    private readonly List<(Address Authority, Address? Target)> _authorizations = [];
    private readonly List<string> _journal = [];
    private readonly BlockBuilder _builder;
    private readonly TransactionPool _minerPool;
    private ulong? _finalizedHeight;
    private ulong _deployed;

    /// <summary>A chain with a genesis block at the clock's time.</summary>
    public SimulatedChain(TimeProvider clock, SimulatedChainOptions options)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(options);
        _clock = clock;
        Options = options;
        Executor = new Executor(_contracts);
        _builder = new BlockBuilder(options, Executor);
        _minerPool = new TransactionPool(options.Pool, options);
        var environment = new BlockEnvironment(
            options.ChainId, Number: 0, Now(), options.BaseFee, options.BlockGasLimit, options.Coinbase);
        Adopt(new SimulatedBlock(parent: null, environment, 0, UInt256.Zero, sibling: 0, [], WorldState.Empty));
        Fund(Sponsor.Address, options.FaucetBalance);
        Faucet = CreateWallet("faucet", options.FaucetBalance);
    }

    /// <summary>A chain with everything at its default.</summary>
    public SimulatedChain(TimeProvider clock)
        : this(clock, new SimulatedChainOptions())
    {
    }

    /// <summary>How the chain was set up.</summary>
    public SimulatedChainOptions Options { get; }

    /// <summary>A wallet with more coin than any test needs: whoever is to receive by a real transaction receives from here.</summary>
    public Wallet Faucet { get; }

    /// <summary>The providers, in the order in which they were added.</summary>
    public IReadOnlyList<ProviderView> Views
    {
        get
        {
            lock (Gate)
                return [.. _views];
        }
    }

    /// <summary>The newest block.</summary>
    public SimulatedBlock Head
    {
        get
        {
            lock (Gate)
                return Tree.Head;
        }
    }

    /// <summary>The chain from genesis on.</summary>
    public IReadOnlyList<SimulatedBlock> Blocks
    {
        get
        {
            lock (Gate)
                return [.. Tree.Canonical];
        }
    }

    /// <summary>
    /// The height of the final block: below the head by <see cref="SimulatedChainOptions.FinalityDepth"/>, or where it was set by hand.
    /// </summary>
    public ulong FinalizedHeight
    {
        get
        {
            lock (Gate)
                return FinalizedAt(Tree.Head);
        }

        set
        {
            lock (Gate)
                _finalizedHeight = value;
        }
    }

    /// <summary>Everything that happened, line by line: blocks, reorganisations, sends, faults. Equal runs have equal journals.</summary>
    public IReadOnlyList<string> Journal
    {
        get
        {
            lock (Gate)
                return [.. _journal];
        }
    }

    /// <summary>The hash of the journal: equal for equal runs.</summary>
    public Hash32 JournalHash => Keccak256.Hash(Encoding.UTF8.GetBytes(string.Join('\n', Journal)));

    /// <summary>
    /// Every movement that truly happened on the chain as it is now, oldest first: what a test counts effects by.
    /// </summary>
    public IReadOnlyList<SimulatedTransfer> CanonicalTransfers
    {
        get
        {
            lock (Gate)
            {
                return
                [
                    .. from block in Tree.Canonical
                       from receipt in block.Receipts
                       from move in receipt.Moves
                       select new SimulatedTransfer(
                           receipt.Transaction.Hash, block.Hash, block.Number, move.Token, move.From, move.To, move.Amount),
                ];
            }
        }
    }

    /// <summary>What miners would take from: transactions that reached them.</summary>
    public IReadOnlyList<SimulatedTransaction> PendingTransactions
    {
        get
        {
            lock (Gate)
                return [.. _minerPool.All];
        }
    }

    internal Lock Gate { get; } = new();

    internal BlockTree Tree { get; } = new();

    internal Executor Executor { get; }

    internal DateTimeOffset UtcNow => _clock.GetUtcNow();

    /// <summary>Adds a provider of this chain. Its name is the host by which <see cref="CreateHandler"/> finds it.</summary>
    public ProviderView AddView(string name)
    {
        lock (Gate)
        {
            var view = new ProviderView(this, name, new TransactionPool(Options.Pool, Options));
            _views.Add(view);
            view.Follow();
            return view;
        }
    }

    /// <summary>A handler for the clients of a test: it leads every request to the view that its address names, without sockets.</summary>
    public HttpMessageHandler CreateHandler() => new SimulatedChainHandler(this);

    /// <summary>An account with a key that follows from its name, and with native coin from nowhere.</summary>
    public Wallet CreateWallet(string name, UInt256 balance)
    {
        Wallet wallet = AddWallet(PrivateKey.FromBytes(SHA256.HashData(Encoding.UTF8.GetBytes($"simulated wallet {name}"))));
        if (!balance.IsZero)
            Fund(wallet.Address, balance);
        return wallet;
    }

    /// <summary>A wallet around any key, such as one that the service believes to be its own. The chain disposes the key.</summary>
    public Wallet AddWallet(PrivateKey key)
    {
        var wallet = new Wallet(this, key);
        lock (Gate)
            _wallets.Add(wallet);
        return wallet;
    }

    /// <summary>Gives an account native coin from nowhere, at once and without a transaction.</summary>
    public void Fund(Address account, UInt256 amount) => Edit(state => state.Credit(account, amount));

    /// <summary>Gives an account code that does nothing, or takes its code away when there are no bytes.</summary>
    public void SetCode(Address account, ReadOnlyMemory<byte> code) =>
        Edit(state => state.With(account, state[account] with { Code = code.ToArray() }));

    /// <summary>Makes an account delegate (EIP-7702) from now on; its nonce stays. Nothing ends the delegation.</summary>
    public void Delegate(Address account, Address? target) =>
        SetCode(account, target is { } address ? AccountState.DelegationTo(address) : default(ReadOnlyMemory<byte>));

    /// <summary>Puts a contract on the chain, at once and without a transaction.</summary>
    public Address Deploy(SimulatedContract contract)
    {
        ArgumentNullException.ThrowIfNull(contract);
        lock (Gate)
        {
            Address address = Executor.AddressOf(Address.Zero, _deployed++);
            _contracts.Add(address, contract);
            SetCode(address, contract.Code);
            return address;
        }
    }

    /// <summary>Puts an ERC-20 token on the chain.</summary>
    public SimulatedToken DeployToken(string symbol, int decimals) =>
        new(this, Deploy(new TokenContract(symbol, decimals)), symbol, decimals);

    /// <summary>An account on the chain as it is now.</summary>
    public AccountState Account(Address address) => Read(state => state[address]);

    /// <summary>The block that holds a transaction on the chain as it is now, and what it did; nothing while it is in none.</summary>
    public (SimulatedBlock Block, SimulatedReceipt Receipt)? Inclusion(Hash32 transaction)
    {
        lock (Gate)
        {
            return Tree.Including(Tree.Head, transaction) is { } block
                ? (block, block.Receipts[block.IndexOf(transaction)!.Value])
                : null;
        }
    }

    /// <summary>The nonce that follows on what the account has on the chain and with the miners.</summary>
    public ulong NextNonce(Address account)
    {
        lock (Gate)
            return _minerPool.PendingNonce(account);
    }

    /// <summary>The base fee of the next block instead of the one that follows from the last.</summary>
    public void SetNextBaseFee(UInt256 wei)
    {
        lock (Gate)
            _builder.ForcedBaseFee = wei;
    }

    /// <summary>The base fee that the next block will have.</summary>
    public UInt256 NextBaseFee()
    {
        lock (Gate)
            return _builder.Next(Tree.Head, Now()).BaseFee;
    }

    /// <summary>
    /// The rest of the world: how much gas it uses in every block from now on, and at which tip. It moves the base fee, and what pays less
    /// may find no room.
    /// </summary>
    public void SetBackground(ulong gas, UInt256 tip)
    {
        lock (Gate)
            _builder.Background = (gas, tip);
    }

    /// <summary>The gas limit of the blocks from now on.</summary>
    public void SetBlockGasLimit(ulong gas)
    {
        lock (Gate)
            _builder.GasLimit = gas;
    }

    /// <summary>Lets finality follow the head again after <see cref="FinalizedHeight"/> was set by hand.</summary>
    public void FinalizeByDepth()
    {
        lock (Gate)
            _finalizedHeight = null;
    }

    /// <summary>Sends a transaction to every node, as if it came from elsewhere.</summary>
    /// <exception cref="NodeErrorException">The miners' pool refuses it.</exception>
    public void Submit(SimulatedTransaction transaction)
    {
        lock (Gate)
        {
            _minerPool.Add(transaction);
            Note($"foreign {transaction.Hash}");
            SpreadToViews(transaction, except: null);
        }
    }

    /// <summary>Takes a transaction out of every pool.</summary>
    public void DropEverywhere(Hash32 transaction)
    {
        lock (Gate)
        {
            _minerPool.Drop(transaction);
            foreach (ProviderView view in _views)
                view.Pool.Drop(transaction);
            Note($"dropped {transaction}");
        }
    }

    /// <summary>Mines blocks of what the miners have.</summary>
    /// <returns>The last one.</returns>
    public SimulatedBlock Mine(int blocks = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        lock (Gate)
        {
            for (int mined = 0; mined < blocks; mined++)
                Extend([], _minerPool);
            return Tree.Head;
        }
    }

    /// <summary>Mines one block with these transactions first, whether or not a pool has or would take them, then what the miners have.
    /// </summary>
    /// <exception cref="InvalidOperationException">One of them cannot be carried out: its nonce, fee cap or balance is wrong.</exception>
    public SimulatedBlock MineWith(params IReadOnlyList<SimulatedTransaction> transactions)
    {
        lock (Gate)
        {
            SimulatedBlock block = Extend(transactions, _minerPool);
            return transactions.FirstOrDefault(transaction => block.IndexOf(transaction.Hash) is null) is { } missing
                ? throw new InvalidOperationException($"Transaction {missing.Hash} cannot be in block {block}.")
                : block;
        }
    }

    /// <summary>Mines a block each time the clock has moved by that much, until disposed.</summary>
    public IDisposable MineEvery(TimeSpan interval) => _clock.CreateTimer(_ => Mine(), null, interval, interval);

    /// <summary>
    /// Consumes an account's next nonce without a transaction of it, in the next block: somebody carries an authorization (EIP-7702) that
    /// the account signed. It delegates to <paramref name="target"/>, or ends its delegation when there is none.
    /// </summary>
    public void ConsumeNonce(Address authority, Address? target)
    {
        lock (Gate)
            _authorizations.Add((authority, target));
    }

    /// <summary>Replaces the last blocks by others, with everything in the plan at its default.</summary>
    public SimulatedBlock Reorg(int depth) => Reorg(new ReorgPlan { Depth = depth });

    /// <summary>Replaces the last blocks by others.</summary>
    /// <returns>The new head.</returns>
    /// <exception cref="InvalidOperationException">The blocks are final, or there are not so many.</exception>
    public SimulatedBlock Reorg(ReorgPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        lock (Gate)
        {
            SimulatedBlock fork = ForkPoint(plan.Depth, plan.BreaksFinality);
            var orphaned = Tree.Canonical.Skip((int)fork.Number + 1).SelectMany(block => block.Receipts)
                .Select(receipt => receipt.Transaction).Select(transaction => (Transaction: transaction, Fate: plan.Fate(transaction)))
                .ToList();
            List<SimulatedTransaction> again =
                [.. orphaned.Where(orphan => orphan.Fate == OrphanFate.IncludedAgain).Select(orphan => orphan.Transaction)];
            _authorizations.AddRange(again.SelectMany(transaction => transaction.Authorizations));
            again.RemoveAll(transaction => transaction.Authorizations.Count > 0);
            Note($"reorg at {fork.Number} depth {plan.Depth}");
            Leave(Tree.SetHead(fork));

            // The pools follow at the end: nodes do not show the blocks between.
            List<SimulatedTransaction> first = [.. plan.First, .. NonceOrder.Apply([.. plan.Order(again)])];
            for (int built = 0; built < (plan.Length ?? plan.Depth + 1); built++)
                Append(built == 0 ? first : [], pool: null);
            Follow();
            foreach ((SimulatedTransaction transaction, OrphanFate fate) in orphaned)
            {
                if (fate == OrphanFate.ReturnsToPool)
                    Spread(transaction);
                else
                    Forget(transaction);
            }

            return Tree.Head;
        }
    }

    /// <summary>
    /// Makes another branch the chain, such as one that a reorganisation left: the very same blocks come back. What was only on the other
    /// branch returns to the pools.
    /// </summary>
    public void SwitchTo(SimulatedBlock head)
    {
        ArgumentNullException.ThrowIfNull(head);
        lock (Gate)
        {
            Note($"switch to {head.Number} {head.Hash}");
            IReadOnlyList<SimulatedBlock> left = Tree.SetHead(head);
            Leave(left);
            foreach (StateEdit edit in _carriedEdits)
                Apply(head, edit);
            _carriedEdits.Clear();
            Follow();
            foreach (SimulatedReceipt receipt in left.SelectMany(block => block.Receipts))
                Spread(receipt.Transaction);
        }
    }

    /// <summary>
    /// Builds a branch that is not the chain: what a provider that went astray serves (<see cref="ProviderView.Serve"/>), or what
    /// <see cref="SwitchTo"/> takes later.
    /// </summary>
    /// <param name="depth">How many blocks below the head it leaves the chain.</param>
    /// <param name="length">How many blocks it has of its own.</param>
    /// <param name="first">The transactions of its first block.</param>
    /// <returns>The branch's head.</returns>
    public SimulatedBlock BuildFork(int depth, int length, params IReadOnlyList<SimulatedTransaction> first)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        lock (Gate)
        {
            SimulatedBlock tip = ForkPoint(depth, breaksFinality: true);
            for (int built = 0; built < length; built++)
            {
                tip = _builder.Build(tip, tip.State, Now(), built == 0 ? first : [], pool: null);
                Tree.Add(tip);
            }

            Note($"fork to {tip.Number} {tip.Hash}");
            return tip;
        }
    }

    /// <summary>Ends the simulation: its wallets' keys are zeroed.</summary>
    public void Dispose()
    {
        foreach (Wallet wallet in _wallets)
            wallet.Dispose();
    }

    internal T Read<T>(Func<WorldState, T> read)
    {
        lock (Gate)
            return read(Tree.Head.State);
    }

    internal void Edit(Func<WorldState, WorldState> change)
    {
        lock (Gate)
        {
            var edit = new StateEdit(change);
            _edits.Add(edit);
            Apply(Tree.Head, edit);
        }
    }

    internal void Note(string line) => _journal.Add(line);

    internal ulong FinalizedAt(SimulatedBlock head) =>
        Math.Min(_finalizedHeight ?? Below(head, Options.FinalityDepth), head.Number);

    internal ulong SafeAt(SimulatedBlock head) => Math.Max(FinalizedAt(head), Below(head, Options.SafeDepth));

    internal BlockEnvironment NextEnvironment(SimulatedBlock head) => _builder.Next(head, Now());

    /// <summary>Tells the other nodes of a transaction that one has taken, as far as that one tells and they listen.</summary>
    internal void SpreadFrom(ProviderView view, SimulatedTransaction transaction)
    {
        TryAdd(_minerPool, transaction);
        SpreadToViews(transaction, view);
    }

    private static ulong Below(SimulatedBlock head, ulong depth) => head.Number > depth ? head.Number - depth : 0;

    private static void Apply(SimulatedBlock block, StateEdit edit)
    {
        block.State = edit.Apply(block.State);
        block.Edits.Add(edit);
    }

    private static void TryAdd(TransactionPool pool, SimulatedTransaction transaction)
    {
        try
        {
            pool.Add(transaction);
        }
        catch (NodeErrorException)
        {
            // The answer would go to the node that told it, which does not care.
        }
    }

    private ulong Now() => (ulong)_clock.GetUtcNow().ToUnixTimeSeconds();

    private SimulatedBlock ForkPoint(int depth, bool breaksFinality)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 0);
        ulong head = Tree.Head.Number;
        if ((ulong)depth > head)
            throw new InvalidOperationException($"There are only {head} blocks above genesis.");
        return !breaksFinality && head - (ulong)depth < FinalizedAt(Tree.Head)
            ? throw new InvalidOperationException(
                $"Block {FinalizedAt(Tree.Head)} is final: {nameof(ReorgPlan.BreaksFinality)} would let it go.")
            : Tree.Canonical[(int)head - depth];
    }

    private SimulatedBlock Extend(IReadOnlyList<SimulatedTransaction> chosen, TransactionPool pool)
    {
        SimulatedBlock block = Append(chosen, pool);
        Follow();
        return block;
    }

    private SimulatedBlock Append(IReadOnlyList<SimulatedTransaction> chosen, TransactionPool? pool)
    {
        SimulatedBlock parent = Tree.Head;
        WorldState state = _carriedEdits.Aggregate(parent.State, (current, edit) => edit.Apply(current));
        ulong nonce = state[Sponsor.Address].Nonce;
        List<SimulatedTransaction> carriers =
            [.. _authorizations.Select((pair, index) => Sponsor.Carry(Options, nonce + (ulong)index, pair.Authority, pair.Target))];
        SimulatedBlock block = _builder.Build(parent, state, Now(), [.. carriers, .. chosen], pool);
        _builder.ForcedBaseFee = null;
        block.Edits.AddRange(_carriedEdits);
        _carriedEdits.Clear();
        _authorizations.Clear();
        Adopt(block);
        return block;
    }

    private void Adopt(SimulatedBlock block)
    {
        Tree.Add(block);
        Tree.SetHead(block);
        _minerPool.Reset(block);
        Note($"block {block.Number} {block.Hash} {block.Receipts.Count} {block.GasUsed}");
    }

    // What a test changed from outside stays changed on whichever branch.
    private void Leave(IReadOnlyList<SimulatedBlock> left)
    {
        if (left.Count == 0)
            return;
        HashSet<StateEdit> present = [.. Tree.Canonical.SelectMany(block => block.Edits)];
        _carriedEdits.Clear();
        _carriedEdits.AddRange(_edits.Where(edit => !present.Contains(edit)));
    }

    private void Follow()
    {
        _minerPool.Reset(Tree.Head);
        foreach (ProviderView view in _views)
            view.Follow();
    }

    private void Spread(SimulatedTransaction transaction)
    {
        if (transaction.Authorizations.Count > 0)
        {
            _authorizations.AddRange(transaction.Authorizations);
            return;
        }

        TryAdd(_minerPool, transaction);
        SpreadToViews(transaction, except: null);
    }

    private void SpreadToViews(SimulatedTransaction transaction, ProviderView? except)
    {
        foreach (ProviderView other in _views.Where(other => other != except && other.HearsGossip))
            TryAdd(other.Pool, transaction);
    }

    private void Forget(SimulatedTransaction transaction)
    {
        _minerPool.Drop(transaction.Hash);
        foreach (ProviderView view in _views)
            view.Pool.Drop(transaction.Hash);
    }
}
