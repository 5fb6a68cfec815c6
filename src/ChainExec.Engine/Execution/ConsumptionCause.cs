using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>How a nonce was consumed without a transaction of its account, as one provider shows it.</summary>
/// <param name="Kind"><c>authorization</c>, <c>create</c>, or <c>unknown</c> when nothing was found.</param>
/// <param name="Block">The block that raised the account's nonce above it.</param>
/// <param name="Transaction">For an authorization, the transaction that carried it.</param>
/// <param name="Target">Whom the account delegates to by it, or delegated to when its code created a contract.</param>
/// <param name="Why">Why it is unknown.</param>
internal sealed record ConsumptionFinding(
    string Kind, long? Block = null, Hash32? Transaction = null, Address? Target = null, string? Provider = null, string? Why = null)
{
    /// <summary>A sentence for an operator.</summary>
    public string Describe() => Kind switch
    {
        "authorization" =>
            $"Transaction {Transaction} in block {Block} carried an authorization (EIP-7702) that its key signed, to {Target}.",
        "create" => $"Block {Block} ran code of {Target}, to which it delegates, and that created a contract.",
        _ => $"How is not known: {Why ?? "no authorization of it and no code of it was found"}.",
    };
}

/// <summary>
/// Looks for the cause of a silent consumption: the block in which the account's nonce rose, by halving, and in it an authorization that
/// the account signed, or code that it delegates to. Told to people, and never decided upon: one provider's word is enough.
/// </summary>
internal sealed class ConsumptionCause(ProviderTrust trust)
{
    private const string Authorization = "authorization";
    private const string Create = "create";
    private const string Unknown = "unknown";
    private const int StepsMax = 40;
    private const int CarriersMax = 64;
    private const int WhyLengthMax = 200;

    // EIP-7702: what sets code.
    private const int SetCodeType = 4;
    private const int DelegationPrefixSize = 3;

    /// <param name="known">A block at which the nonce was not consumed, as far as we know.</param>
    /// <param name="final">The block at which it is.</param>
    public async Task<ConsumptionFinding> FindAsync(
        ChainProfile chain, NonceSlot slot, long known, long final, CancellationToken cancellationToken)
    {
        string? why = null;
        foreach (ChainProvider provider in await trust.BelievedAsync(chain, cancellationToken))
        {
            try
            {
                return await FindAsync(chain.Id, provider, slot, known, final, cancellationToken);
            }
            catch (RpcException exception)
            {
                // It may keep no state of old blocks; another one may.
                why = exception.Message.Cut(WhyLengthMax);
            }
        }

        return new ConsumptionFinding(Unknown, Why: why);
    }

    private static async Task<ConsumptionFinding> FindAsync(
        long chain, ChainProvider provider, NonceSlot slot, long known, long final, CancellationToken cancellationToken)
    {
        RpcClient client = provider.Client;
        (long below, long above) = (Math.Max(known, 0), final);
        for (int step = 0; above - below > 1; step++)
        {
            long middle = below + (above - below) / 2;
            ulong nonce = await client.GetTransactionCountAsync(slot.Sender, (ulong)middle, cancellationToken);
            (below, above) = nonce > (ulong)slot.Nonce ? (below, middle) : (middle, above);
            if (step == StepsMax)
                throw new InvalidOperationException($"The block that consumed nonce {slot.Nonce} was not found in {StepsMax} steps.");
        }

        if (await client.GetBlockAsync((ulong)above, fullTransactions: true, cancellationToken) is not { Transactions: { } transactions })
            return new ConsumptionFinding(Unknown, above, Provider: provider.Name, Why: $"{provider.Name} has no block {above}");
        foreach (RpcTransaction carrier in transactions.Where(transaction => transaction.Type == SetCodeType).Take(CarriersMax))
        {
            foreach (SignedAuthorization signed in await client.GetAuthorizationsAsync(carrier.Hash, cancellationToken) ?? [])
            {
                if (IsOf(signed, chain, slot))
                    return new ConsumptionFinding(
                        Authorization, above, carrier.Hash, signed.Authorization.Delegate, provider.Name);
            }
        }

        byte[] code = await client.GetCodeAsync(slot.Sender, (ulong)above, cancellationToken);
        return SenderReader.IsDelegation(code) && code.Length == DelegationPrefixSize + Address.Size
            ? new ConsumptionFinding(
                Create, above, Target: Address.FromBytes(code.AsSpan(DelegationPrefixSize)), Provider: provider.Name)
            : new ConsumptionFinding(Unknown, above, Provider: provider.Name);
    }

    private static bool IsOf(SignedAuthorization signed, long chain, NonceSlot slot) =>
        signed.Authorization.Nonce == (ulong)slot.Nonce
        && (signed.Authorization.ChainId.IsZero || signed.Authorization.ChainId == (ulong)chain)
        && signed.TryRecoverAuthority(out Address authority) && authority == slot.Sender;
}
