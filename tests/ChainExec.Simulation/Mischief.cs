using ChainExec.Ethereum;
using ChainExec.TestKit.Simulated;

namespace ChainExec.Simulation;

/// <summary>What the world does to the engine's view of the chain, drawn from the seed. Finality is never broken: chains promise
/// it.</summary>
internal sealed class Mischief(World world, Random random, RunReport report)
{
    private const ulong TransferGas = 21_000;

    private static readonly (Fault Fault, string[] Methods)[] Faults =
    [
        (Fault.Timeout, []),
        (Fault.Timeout, ["eth_sendRawTransaction"]),
        (Fault.TimeoutAfterwards, ["eth_sendRawTransaction"]),
        (Fault.ResetAfterwards, ["eth_sendRawTransaction"]),
        (Fault.Reset, []),
        (Fault.WrongHash, ["eth_sendRawTransaction"]),
        (Fault.AcceptAndDrop, ["eth_sendRawTransaction"]),
        (Fault.Null, ["eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_getBlockReceipts"]),
        (Fault.Null, ["eth_getBlockByNumber"]),
        (Fault.Garbage, []),
        (Fault.TooManyRequests, []),
        (Fault.Status(500), []),
        (Fault.Status(502), ["eth_sendRawTransaction"]),
    ];

    private static readonly TokenBehaviour[] OddWays =
        [TokenBehaviour.Normal, TokenBehaviour.ReturnsFalse, TokenBehaviour.ReturnsNothing, TokenBehaviour.TakesFee];

    private readonly SimulatedChain _chain = world.Simulated;

    public void Mine()
    {
        int blocks = random.Next(10) == 0 ? random.Next(2, 5) : 1;
        _chain.Mine(blocks);
        Did("blocks", blocks, $"mine {blocks}");
    }

    public void Reorganise()
    {
        int deepest = (int)(_chain.Head.Number - _chain.FinalizedHeight) - 1;
        if (deepest < 1)
            return;
        int depth = random.Next(1, deepest + 1);
        int fate = random.Next(4);
        int length = depth + random.Next(3);
        _chain.Reorg(new ReorgPlan
        {
            Depth = depth,
            Length = Math.Max(1, length),
            Fate = _ => fate == 3 ? (OrphanFate)random.Next(3) : (OrphanFate)fate,
        });
        Did("reorgs", 1, $"reorg {depth} by {length}, fate {fate}");
    }

    /// <summary>One or two providers fail for their next requests, all three now and then.</summary>
    public void FailProviders()
    {
        (Fault fault, string[] methods) = Faults[random.Next(Faults.Length)];
        int views = random.Next(5) switch { 0 => 3, < 3 => 2, _ => 1 };
        int requests = random.Next(1, 6);
        foreach (ProviderView view in Shuffled().Take(views))
            view.FailNext(requests, fault, methods);
        Did("faults", 1, $"{views} views fail {requests} times: {Array.IndexOf(Faults, (fault, methods))} {fault}");
    }

    /// <summary>One provider at a time is led astray: behind, on a stale branch, deaf, mute, or claiming what is not final.</summary>
    public void LeadOneAstray()
    {
        foreach (ProviderView healed in _chain.Views)
            healed.Heal();
        ProviderView view = _chain.Views[random.Next(_chain.Views.Count)];
        int how = random.Next(6);
        switch (how)
        {
            case 0:
                view.Lag = (ulong)random.Next(1, 6);
                break;
            case 1:
                view.ClaimedFinal = _chain.Head.Number;
                break;
            case 2:
                view.Serve(_chain.BuildFork(random.Next(1, 4), random.Next(4, 12)));
                break;
            case 3:
                view.TellsGossip = false;
                break;
            case 4:
                view.HearsGossip = false;
                break;
            default:
                break;
        }

        Did("astray", 1, $"{view.Name} is led astray: {how}");
    }

    public void Drop()
    {
        IReadOnlyList<SimulatedTransaction> pending = _chain.PendingTransactions;
        if (pending.Count == 0)
            return;
        SimulatedTransaction dropped = pending[random.Next(pending.Count)];
        if (random.Next(2) == 0)
            _chain.DropEverywhere(dropped.Hash);
        else
            _chain.Views[random.Next(_chain.Views.Count)].ClearPool();
        Did("drops", 1, $"drop {dropped.Hash}");
    }

    /// <summary>A sender's key is used outside of the signer: the same payment for a higher fee, nothing at all on its nonce, or another
    /// payment on the next one.</summary>
    public void UseKeyElsewhere()
    {
        Wallet ours = world.Senders[random.Next(world.Senders.Count)].Wallet;
        SimulatedTransaction[] pending = [.. _chain.PendingTransactions.Where(transaction => transaction.From == ours.Address)];
        int how = random.Next(3);
        if (pending.Length == 0 && how < 2)
            return;
        SimulatedTransaction? replaced = pending.Length == 0 ? null : pending[random.Next(pending.Length)];
        SimulatedTransaction foreign = how switch
        {
            0 => ours.SpeedUp(replaced!),
            1 => ours.Sign(new TransactionDraft
            {
                To = ours.Address,
                Nonce = replaced!.Nonce,
                MaxFeePerGas = replaced.MaxFeePerGas * 2,
                MaxPriorityFeePerGas = replaced.MaxPriorityFeePerGas * 2,
            }),
            _ => ours.Pay(_chain.Faucet.Address, Wei.Gwei(1)),
        };
        try
        {
            _chain.Submit(foreign);
            Did("foreign", 1, $"the key of {ours.Address} is used elsewhere: nonce {foreign.Nonce}, {how}");
        }
        catch (NodeErrorException refusal)
        {
            Did("foreign_refused", 1, $"foreign transaction refused: {refusal.Message}");
        }
    }

    /// <summary>Nearly all native coin of a sender that is refilled by rule is paid away with its key.</summary>
    public void Drain(Random drawn)
    {
        Wallet ours = world.Senders[drawn.Next(1, world.Senders.Count)].Wallet;
        UInt256 balance = _chain.Account(ours.Address).Balance;
        UInt256 fee = (UInt256)TransferGas * (_chain.NextBaseFee() * 2 + _chain.Options.SuggestedTip);
        if (balance <= fee * 2)
            return;
        try
        {
            SimulatedTransaction drain = ours.Sign(
                new TransactionDraft { To = _chain.Faucet.Address, Value = balance - fee * 2, GasLimit = TransferGas });
            _chain.Submit(drain);
            Did("drains", 1, $"{ours.Address} is drained of {drain.Value}: nonce {drain.Nonce}");
        }
        catch (NodeErrorException refusal)
        {
            Did("foreign_refused", 1, $"foreign transaction refused: {refusal.Message}");
        }
    }

    /// <summary>The issuers of the tokens: one is paused for a while, the other lies, takes a fee or returns nothing.</summary>
    public void TurnTokens()
    {
        if (random.Next(2) == 0)
            world.Usd.Paused = !world.Usd.Paused;
        world.Odd.FeeBasisPoints = 100;
        world.Odd.Behaviour = OddWays[random.Next(OddWays.Length)];
        Did("tokens", 1, $"dollar paused {world.Usd.Paused}, the odd one {world.Odd.Behaviour}");
    }

    public void SpikeBaseFee()
    {
        uint gwei = (uint)random.Next(2, 40);
        _chain.SetNextBaseFee(Wei.Gwei(gwei));
        Did("spikes", 1, $"base fee {gwei} gwei");
    }

    public void Stop()
    {
        foreach (ProviderView view in _chain.Views)
            view.Heal();
        world.Usd.Paused = false;
        world.Odd.Behaviour = TokenBehaviour.Normal;
    }

    private List<ProviderView> Shuffled()
    {
        ProviderView[] views = [.. _chain.Views];
        random.Shuffle(views);
        return [.. views];
    }

    private void Did(string what, int times, string line)
    {
        report.Count(what, times);
        report.Note(line);
    }
}
