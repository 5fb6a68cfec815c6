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
    private readonly List<Wallet> _wallets = [];
    private readonly List<string> _journal = [];
    private readonly PoolNetwork _pools;
    private readonly BlockProduction _production;
    private ulong _deployed;

    /// <summary>A chain with a genesis block at the clock's time.</summary>
    public SimulatedChain(TimeProvider clock, SimulatedChainOptions options)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(options);
        _clock = clock;
        Options = options;
        Executor = new Executor(_contracts);
        _pools = new PoolNetwork(new TransactionPool(options.Pool, options));
        _production = new BlockProduction(options, clock, Executor, _pools, Note);
        _production.Begin();
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
    public IReadOnlyList<ProviderView> Views => Locked(() => _pools.Views.ToList());

    /// <summary>The newest block.</summary>
    public SimulatedBlock Head => Locked(() => Tree.Head);

    /// <summary>The chain from genesis on.</summary>
    public IReadOnlyList<SimulatedBlock> Blocks => Locked(() => Tree.Canonical.ToList());

    /// <summary>
    /// The height of the final block: below the head by <see cref="SimulatedChainOptions.FinalityDepth"/>, or where it was set by hand.
    /// </summary>
    public ulong FinalizedHeight
    {
        get
        {
            lock (Gate)
                return _production.FinalizedAt(Tree.Head);
        }

        set
        {
            lock (Gate)
                _production.FinalizedHeight = value;
        }
    }

    /// <summary>Everything that happened, line by line: blocks, reorganisations, sends, faults. Equal runs have equal journals.</summary>
    public IReadOnlyList<string> Journal => Locked(() => _journal.ToList());

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

    /// <summary>The blocks of the chain as it is now, genesis first, with the receipts and logs of what is in them.</summary>
    public IReadOnlyList<SimulatedBlock> CanonicalBlocks => Locked(() => Tree.Canonical.ToList());

    /// <summary>What miners would take from: transactions that reached them.</summary>
    public IReadOnlyList<SimulatedTransaction> PendingTransactions => Locked(() => _pools.Miners.All.ToList());

    internal Lock Gate { get; } = new();

    internal BlockTree Tree => _production.Tree;

    internal Executor Executor { get; }

    internal DateTimeOffset UtcNow => _clock.GetUtcNow();

    /// <summary>Adds a provider of this chain. Its name is the host by which <see cref="CreateHandler"/> finds it.</summary>
    public ProviderView AddView(string name)
    {
        lock (Gate)
        {
            var view = new ProviderView(this, name, new TransactionPool(Options.Pool, Options));
            _pools.Add(view);
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
            return _pools.Miners.PendingNonce(account);
    }

    /// <summary>The base fee of the next block instead of the one that follows from the last.</summary>
    public void SetNextBaseFee(UInt256 wei)
    {
        lock (Gate)
            _production.Builder.ForcedBaseFee = wei;
    }

    /// <summary>The base fee that the next block will have.</summary>
    public UInt256 NextBaseFee()
    {
        lock (Gate)
            return _production.NextEnvironment().BaseFee;
    }

    /// <summary>
    /// The rest of the world: how much gas it uses in every block from now on, and at which tip. It moves the base fee, and what pays less
    /// may find no room.
    /// </summary>
    public void SetBackground(ulong gas, UInt256 tip)
    {
        lock (Gate)
            _production.Builder.Background = (gas, tip);
    }

    /// <summary>The gas limit of the blocks from now on.</summary>
    public void SetBlockGasLimit(ulong gas)
    {
        lock (Gate)
            _production.Builder.GasLimit = gas;
    }

    /// <summary>Lets finality follow the head again after <see cref="FinalizedHeight"/> was set by hand.</summary>
    public void FinalizeByDepth()
    {
        lock (Gate)
            _production.FinalizedHeight = null;
    }

    /// <summary>Sends a transaction to every node, as if it came from elsewhere.</summary>
    /// <exception cref="NodeErrorException">The miners' pool refuses it.</exception>
    public void Submit(SimulatedTransaction transaction)
    {
        lock (Gate)
        {
            _pools.Miners.Add(transaction);
            Note($"foreign {transaction.Hash}");
            _pools.SpreadToViews(transaction, except: null);
        }
    }

    /// <summary>Takes a transaction out of every pool.</summary>
    public void DropEverywhere(Hash32 transaction)
    {
        lock (Gate)
        {
            _pools.DropEverywhere(transaction);
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
                _production.Extend([]);
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
            SimulatedBlock block = _production.Extend(transactions);
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
            _production.Carry(new CarriedAuthorization(authority, target, UInt256.Zero, Nonce: null));
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
            _production.Reorg(plan);
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
            _production.SwitchTo(head);
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
            return _production.BuildFork(depth, length, first);
        }
    }

    /// <summary>Ends the simulation: its wallets' keys are zeroed.</summary>
    public void Dispose()
    {
        foreach (Wallet wallet in _wallets)
            wallet.Dispose();
    }

    internal T Read<T>(Func<WorldState, T> read) => Locked(() => read(Tree.Head.State));

    internal void Edit(Func<WorldState, WorldState> change)
    {
        lock (Gate)
            _production.Edits.Make(Tree.Head, change);
    }

    internal void Note(string line) => _journal.Add(line);

    internal ulong FinalizedAt(SimulatedBlock head) => _production.FinalizedAt(head);

    internal ulong SafeAt(SimulatedBlock head) => _production.SafeAt(head);

    /// <summary>Tells the other nodes of a transaction that one has taken.</summary>
    internal void SpreadFrom(ProviderView view, SimulatedTransaction transaction) => _pools.Spread(transaction, view);

    private T Locked<T>(Func<T> read)
    {
        lock (Gate)
            return read();
    }
}
