using System.Numerics;
using Microsoft.Extensions.Options;

namespace ChainExec.Sandbox;

/// <summary>Coins that the exchange holds for a customer.</summary>
internal sealed record Deposit(string Id, Guid Owner, string Asset, BigInteger Amount);

/// <summary>Coins that the exchange sold.</summary>
internal sealed record Order(string Id, string Key, string Reference, string Asset, BigInteger Amount, BigInteger Proceeds);

/// <summary>Dollars that the bank booked.</summary>
internal sealed record Transfer(string Id, string Reference, BigInteger Amount);

/// <summary>Dollars of a transfer that the bank took back.</summary>
internal sealed record Returned(string Id, string Transfer, string Reference, BigInteger Amount, string Reason);

/// <summary>An ACH transfer to a customer's account number.</summary>
internal sealed record Ach(string Id, Guid Owner, BigInteger Amount);

/// <summary>Dollars of an ACH transfer that the bank booked.</summary>
internal sealed record Settlement(string Id, string Transfer, BigInteger Amount);

/// <summary>What really happened. Returns are of credits, and of ACH transfers without a reference.</summary>
internal sealed record Truth(
    IReadOnlyList<Deposit> Deposits, IReadOnlyList<Order> Orders, IReadOnlyList<Transfer> Credits, IReadOnlyList<Returned> Returns,
    IReadOnlyList<Ach> Ach, IReadOnlyList<Settlement> Settlements);

/// <summary>The sandbox's own ledger. One sale per key; a deposit is sold once.</summary>
internal sealed class Books(IOptions<SandboxOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Deposit> _deposits = [];
    private readonly Dictionary<string, Order> _orders = [];
    private readonly List<Transfer> _credits = [];
    private readonly List<Returned> _returns = [];
    private readonly List<Ach> _ach = [];
    private readonly List<Settlement> _settlements = [];

    public Truth Truth
    {
        get
        {
            lock (_lock)
                return new Truth(
                    [.. _deposits.Values], [.. _orders.Values], [.. _credits], [.. _returns], [.. _ach], [.. _settlements]);
        }
    }

    public Deposit Receive(Guid owner, string asset, BigInteger amount)
    {
        lock (_lock)
        {
            var deposit = new Deposit(Id("dep", _deposits.Count), owner, asset, amount);
            _deposits.Add(deposit.Id, deposit);
            return deposit;
        }
    }

    /// <summary>Sells, or finds what was sold under the key before. Nothing when there is no such deposit, or it is sold.</summary>
    public (Order? Order, bool IsNew) Sell(string key, string reference, BigInteger amount, int feeBasisPoints)
    {
        lock (_lock)
        {
            if (_orders.TryGetValue(key, out Order? before))
                return (before, false);
            if (!_deposits.TryGetValue(reference, out Deposit? deposit) || deposit.Amount != amount
                || _orders.Values.Any(order => order.Reference == reference))
                return (null, false);
            // A coin of six decimals is a dollar; a dollar has a hundred cents. The fee is rounded up.
            BigInteger cents = amount / 10_000;
            BigInteger fee = ((cents * feeBasisPoints) + 9_999) / 10_000;
            var order = new Order(Id("ord", _orders.Count), key, reference, deposit.Asset, amount, cents - fee);
            _orders.Add(key, order);
            return (order, true);
        }
    }

    public Ach Announce(Guid owner, BigInteger amount)
    {
        lock (_lock)
        {
            var ach = new Ach(Id("trf", _ach.Count), owner, amount);
            _ach.Add(ach);
            return ach;
        }
    }

    public Settlement Settle(string transfer, BigInteger amount)
    {
        lock (_lock)
        {
            var settlement = new Settlement(Id("set", _settlements.Count), transfer, amount);
            _settlements.Add(settlement);
            return settlement;
        }
    }

    public Returned TakeBack(string transfer, string reference, BigInteger amount, string reason)
    {
        lock (_lock)
        {
            var returned = new Returned(Id("ret", _returns.Count), transfer, reference, amount, reason);
            _returns.Add(returned);
            return returned;
        }
    }

    public Transfer Credit(string reference, BigInteger amount)
    {
        lock (_lock)
        {
            var transfer = new Transfer(Id("ach", _credits.Count), reference, amount);
            _credits.Add(transfer);
            return transfer;
        }
    }

    private string Id(string kind, int before) => $"{options.Value.Run}{kind}-{before + 1}";
}
