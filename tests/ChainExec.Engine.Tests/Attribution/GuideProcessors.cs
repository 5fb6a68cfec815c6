using ChainExec.Attribution.Processors;
using ChainExec.Calls.Abis;
using ChainExec.Engine.Tests.Abis;
using ChainExec.Ethereum;

namespace ChainExec.Engine.Tests.Attribution;

// The examples of docs/guide/processors.md, as they stand there: a test compares them, others run them.

/// <summary>Fees that our calls collected, by the invoice that the call was made for.</summary>
internal sealed class FeesCollected : ILogProcessor<Erc20.TransferEvent>
{
    public string Name => "billing.fees";

    // Anybody can emit a Transfer: tokens of the asset registry are believed, and no others.
    public AddressSource Source { get; } = new AddressSource.ListedAssets();

    public IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<Erc20.TransferEvent> log)
    {
        // Not "a transfer of 1.10", but the call that was asked for with this category.
        if (log.Call is not { Label.Category: "fee" } call)
            yield break;
        yield return new ProcessorRecord("fee_collected", new
        {
            call.Call, Asset = log.Scope.AssetOf(log.Emitter), Amount = log.Event.Value.ToString(),
            Invoice = call.Label.Context.TryGetProperty("invoice", out var invoice) ? invoice.GetString() : null,
        });
    }

    // Final now: whoever acts on fees acts on this fact.
    public IEnumerable<ProcessorFact> OnConfirmed(ConfirmedRecord record) => [new ProcessorFact("billing.fee_collected", record.Body)];
}

/// <summary>Deposits into the vaults that our factory makes.</summary>
internal sealed class VaultDeposits : ILogProcessor<Erc4626.DepositEvent>
{
    public static readonly Address Factory = Address.Parse("0x00000000000000000000000000000000000fac70");

    public string Name => "vaults.deposits";

    // A vault is believed from the log on in which the factory names it.
    public AddressSource Source { get; } = AddressSource.ChildrenOf<VaultFactory.VaultCreatedEvent>([Factory], created => created.Vault);

    public IEnumerable<ProcessorRecord> OnIncluded(DecodedLog<Erc4626.DepositEvent> log)
    {
        yield return new ProcessorRecord("deposited", new
        {
            Vault = log.Emitter, log.Event.Owner, Assets = log.Event.Assets.ToString(), Ours = log.Scope.IsOurs(log.Event.Owner),
        });
    }
}

/// <summary>How many of a transaction's business calls succeeded, and what moved beside its fees.</summary>
internal sealed class PayRuns : ITransactionProcessor
{
    public string Name => "payroll.runs";

    // It gets a transaction after these had it, with what they made of it.
    public IReadOnlyCollection<string> Reads => ["erc20.transfer", "billing.fees"];

    public IEnumerable<ProcessorRecord> OnIncluded(MergedTransaction transaction)
    {
        if (transaction.Calls.Count < 2)
            yield break;
        HashSet<int> fees = [.. transaction.Records.Where(record => record.Kind == "fee_collected").Select(record => record.LogIndex)];
        yield return new ProcessorRecord("pay_run", new
        {
            Calls = transaction.Calls.Count,
            Succeeded = transaction.Calls.Count(call => call.Succeeded),
            Payments = transaction.Records.Count(record => record.Kind == "movement" && !fees.Contains(record.LogIndex)),
        });
    }
}
