using ChainExec.Ethereum;

namespace ChainExec.TestKit.Simulated;

/// <summary>
/// A node's pool of transactions by the rules of geth's legacy pool: what runs without a gap from the account's nonce on is executable, the
/// rest is queued; a nonce is replaced only for higher fees; a full pool gives up its cheapest.
/// </summary>
internal sealed class TransactionPool(PoolRules rules, SimulatedChainOptions options)
{
    private const int SizeMax = 128 * 1024;

    private readonly SortedDictionary<Address, SortedDictionary<ulong, Pooled>> _accounts = [];
    private readonly Dictionary<Hash32, SimulatedTransaction> _byHash = [];
    private SimulatedBlock _head = null!;
    private long _arrivals;

    public int Count => _byHash.Count;

    public IEnumerable<Address> Accounts => _accounts.Keys;

    public IEnumerable<SimulatedTransaction> All => _accounts.Values.SelectMany(list => list.Values).Select(pooled => pooled.Transaction);

    public SimulatedTransaction? Find(Hash32 hash) => _byHash.GetValueOrDefault(hash);

    /// <summary>The nonce after the account's executable transactions.</summary>
    public ulong PendingNonce(Address account) => _head.State[account].Nonce + (ulong)Executable(account).Count();

    /// <summary>The transactions of an account that can be mined one after the other.</summary>
    public IEnumerable<Pooled> Executable(Address account)
    {
        if (!_accounts.TryGetValue(account, out SortedDictionary<ulong, Pooled>? list))
            yield break;
        ulong next = _head.State[account].Nonce;
        foreach ((ulong nonce, Pooled pooled) in list)
        {
            if (nonce != next++)
                yield break;
            yield return pooled;
        }
    }

    /// <summary>Follows the head: what is used up, or can no longer be paid, goes.</summary>
    public void Reset(SimulatedBlock head)
    {
        _head = head;
        foreach (Address account in _accounts.Keys.ToList())
        {
            AccountState state = head.State[account];
            foreach (Pooled pooled in _accounts[account].Values.ToList())
            {
                SimulatedTransaction transaction = pooled.Transaction;
                if (transaction.Nonce < state.Nonce || transaction.CostMax > state.Balance || transaction.GasLimit > head.GasLimit)
                    Remove(transaction);
            }
        }
    }

    /// <exception cref="NodeErrorException">The pool refuses it, in geth's words.</exception>
    public void Add(SimulatedTransaction transaction)
    {
        if (_byHash.ContainsKey(transaction.Hash))
            throw new NodeErrorException("already known");
        Validate(transaction);
        SimulatedTransaction? replaced = At(transaction.From, transaction.Nonce);
        ValidateAgainstState(transaction, replaced);
        if (replaced is not null)
        {
            RequireBump(transaction, replaced);
            Remove(replaced);
        }
        else if (Count >= rules.CountMax)
        {
            MakeRoom(transaction);
        }

        Put(transaction);
        DropBeyondQueue(transaction.From);
        DropBeyondExecutable();
    }

    /// <summary>Takes a transaction out, as an eviction does.</summary>
    public bool Drop(Hash32 hash)
    {
        if (Find(hash) is not { } transaction)
            return false;
        Remove(transaction);
        return true;
    }

    public void Clear()
    {
        _accounts.Clear();
        _byHash.Clear();
    }

    private void Validate(SimulatedTransaction transaction)
    {
        if (transaction.ChainId is null)
            throw new NodeErrorException("only replay-protected (EIP-155) transactions allowed over RPC");
        if (transaction.ChainId != options.ChainId)
            throw new NodeErrorException($"invalid chain id for signer: have {transaction.ChainId} want {options.ChainId}");
        if (transaction.Raw.Length > SizeMax)
            throw new NodeErrorException($"oversized data: transaction size {transaction.Raw.Length}, limit {SizeMax}");
        if (transaction.GasLimit > _head.GasLimit)
            throw new NodeErrorException("exceeds block gas limit");
        if (transaction.GasLimit > options.TransactionGasCap)
        {
            throw new NodeErrorException(
                $"transaction gas limit too high (cap: {options.TransactionGasCap}, tx: {transaction.GasLimit})");
        }

        ulong intrinsic = Gas.Intrinsic(transaction);
        if (transaction.GasLimit < intrinsic)
            throw new NodeErrorException($"intrinsic gas too low: gas {transaction.GasLimit}, minimum needed {intrinsic}");
        ulong floor = Gas.Floor(transaction);
        if (transaction.GasLimit < floor)
        {
            throw new NodeErrorException(
                $"insufficient gas for floor data gas cost: gas {transaction.GasLimit}, minimum needed {floor}");
        }

        if (transaction.MaxPriorityFeePerGas < rules.TipMin)
        {
            throw new NodeErrorException(
                $"transaction underpriced: gas tip cap {transaction.MaxPriorityFeePerGas}, minimum needed {rules.TipMin}");
        }
    }

    private void ValidateAgainstState(SimulatedTransaction transaction, SimulatedTransaction? replaced)
    {
        AccountState sender = _head.State[transaction.From];
        if (transaction.Nonce < sender.Nonce)
            throw new NodeErrorException($"nonce too low: next nonce {sender.Nonce}, tx nonce {transaction.Nonce}");
        UInt256 cost = transaction.CostMax;
        if (sender.Balance < cost)
        {
            throw new NodeErrorException(
                $"insufficient funds for gas * price + value: balance {sender.Balance}, tx cost {cost}, overshot {cost - sender.Balance}");
        }

        UInt256 queued = Executable(transaction.From).Select(pooled => pooled.Transaction).Where(other => other != replaced)
            .Aggregate(UInt256.Zero, (sum, other) => sum + other.CostMax);
        if (sender.Balance < queued + cost)
        {
            throw new NodeErrorException(
                $"insufficient funds for gas * price + value: balance {sender.Balance}, queued cost {queued}, tx cost {cost}, "
                + $"overshot {queued + cost - sender.Balance}");
        }

        // The code of such an account can spend its coin without a nonce, so a pool holds no chain of transactions of it.
        if (sender.DelegatedTo is null || replaced is not null)
            return;
        ulong next = PendingNonce(transaction.From);
        if (transaction.Nonce > next)
            throw new NodeErrorException("gapped-nonce tx from delegated accounts");
        if (next - sender.Nonce >= (ulong)rules.DelegatedInFlightMax)
            throw new NodeErrorException("in-flight transaction limit reached for delegated accounts");
    }

    private void RequireBump(SimulatedTransaction transaction, SimulatedTransaction replaced)
    {
        bool enough = IsBumped(transaction.MaxFeePerGas, replaced.MaxFeePerGas)
            && IsBumped(transaction.MaxPriorityFeePerGas, replaced.MaxPriorityFeePerGas);
        if (!enough)
            throw new NodeErrorException("replacement transaction underpriced");
    }

    private bool IsBumped(UInt256 fee, UInt256 replaced) => fee > replaced && fee >= replaced * (100 + rules.ReplacementPercent) / 100;

    private void MakeRoom(SimulatedTransaction transaction)
    {
        if (!rules.EvictsWhenFull)
            throw new NodeErrorException("txpool is full");
        SimulatedTransaction cheapest = All.MinBy(other => (other.MaxFeePerGas, other.MaxPriorityFeePerGas))!;
        bool better = (transaction.MaxFeePerGas, transaction.MaxPriorityFeePerGas)
            .CompareTo((cheapest.MaxFeePerGas, cheapest.MaxPriorityFeePerGas)) > 0;
        if (!better)
            throw new NodeErrorException("transaction underpriced");
        if (transaction.Nonce > PendingNonce(transaction.From) && Executable(cheapest.From).Any(pooled => pooled.Transaction == cheapest))
            throw new NodeErrorException("future transaction tries to replace pending transaction");
        Remove(cheapest);
    }

    // Silently and after it was accepted, as geth does it.
    private void DropBeyondQueue(Address account)
    {
        while (_accounts.TryGetValue(account, out SortedDictionary<ulong, Pooled>? list)
            && list.Count - Executable(account).Count() > rules.AccountQueuedMax)
            Remove(list.Values.Last().Transaction);
    }

    private void DropBeyondExecutable()
    {
        if (Count <= rules.ExecutableMax)
            return;
        Dictionary<Address, int> counts = _accounts.Keys.ToDictionary(account => account, account => Executable(account).Count());
        int over = counts.Values.Sum() - rules.ExecutableMax;
        while (over-- > 0)
        {
            (Address account, int count) = counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).First();
            if (count <= rules.AccountExecutable)
                return;
            Remove(Executable(account).Last().Transaction);
            counts[account]--;
        }
    }

    private SimulatedTransaction? At(Address account, ulong nonce) =>
        _accounts.TryGetValue(account, out SortedDictionary<ulong, Pooled>? list) ? list.GetValueOrDefault(nonce)?.Transaction : null;

    private void Put(SimulatedTransaction transaction)
    {
        if (!_accounts.TryGetValue(transaction.From, out SortedDictionary<ulong, Pooled>? list))
            _accounts.Add(transaction.From, list = []);
        list.Add(transaction.Nonce, new Pooled(transaction, _arrivals++));
        _byHash.Add(transaction.Hash, transaction);
    }

    private void Remove(SimulatedTransaction transaction)
    {
        _byHash.Remove(transaction.Hash);
        SortedDictionary<ulong, Pooled> list = _accounts[transaction.From];
        list.Remove(transaction.Nonce);
        if (list.Count == 0)
            _accounts.Remove(transaction.From);
    }

    /// <summary>A transaction in the pool and the order in which it came.</summary>
    internal sealed record Pooled(SimulatedTransaction Transaction, long Arrival);
}
