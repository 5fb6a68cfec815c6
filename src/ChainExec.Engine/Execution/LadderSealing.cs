using System.Text.Json;
using ChainExec.Calls;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Facts;
using ChainExec.Storage;
using Microsoft.Extensions.Options;

namespace ChainExec.Execution;

/// <summary>
/// Seals the fee ladder of user custody: at one approval every price of the slot that the owner's limit allows is asked to be signed, and a
/// fill above them. They are committed with the first request, signed before anything is sent, and sent only at their turn, without asking
/// anybody again.
/// </summary>
internal sealed class LadderSealing(
    AttemptStore attempts, AccountStore accounts, RungSigning signing, Preflight preflight, UnitOfWork unitOfWork, TimeProvider clock,
    IOptions<ExecutionOptions> options)
{
    /// <summary>
    /// What the family of a sealed fill begins with. Unlike any other fill, its bytes do not mean that a fill is wanted: it is for whoever
    /// wants one while the signer gives none.
    /// </summary>
    public const string FillFamilyPrefix = "seal.";

    /// <summary>Whether the slot's ladder is to be sealed, and the gas of its fill when that can be told now.</summary>
    /// <exception cref="ChainExec.Ethereum.Rpc.RpcException">No provider answered.</exception>
    public async Task<SealPlan> PlanAsync(NonceSlot slot, ChainProfile chain, CancellationToken cancellationToken)
    {
        bool isSealed = await unitOfWork.RunAsync(
            async (session, token) =>
                await attempts.FindCarrierAsync(session, slot.Carrier!.Value, token) is { Kind: CarrierKind.Intent }
                && await accounts.FindAsync(session, slot.Chain, slot.Sender, token) is { Custody: AccountCustody.User },
            cancellationToken);
        if (!isSealed)
            return new SealPlan(IsSealed: false, FillGas: null);
        PreflightResult result = await preflight.RunAsync(
            chain, slot.Sender, chain.FillTo(slot.Sender), TokenAmount.Zero, ReadOnlyMemory<byte>.Empty, cancellationToken,
            isFill: true);
        return new SealPlan(IsSealed: true, (result as PreflightResult.Ready)?.GasLimit);
    }

    /// <summary>Stores the ladder above the first price, asked to be signed. In the transaction that commits the first request.</summary>
    public async Task InsertAsync(
        DbSession session, NonceSlot slot, PreparedCall first, Address fillTo, long fillGas, TokenAmount limit,
        CancellationToken cancellationToken)
    {
        // What the owner approved covers what the chain charges beside gas; a fill is shorter than the effect.
        TokenAmount forGas = limit > first.DataFee ? limit - first.DataFee : TokenAmount.Zero;
        var ladder = SealedLadder.Build(
            new LadderPrice(first.MaxFeePerGas, first.MaxPriorityFeePerGas), first.GasLimit, fillGas, forGas,
            new TokenAmount(options.Value.FeeCapMaxWei), options.Value.RungsMax);
        string inputs = JsonSerializer.Serialize(new { @sealed = true, limit }, FactJson.Options);
        int rung = await attempts.NextRungAsync(session, slot.Id, cancellationToken);
        foreach (LadderPrice price in ladder.Above)
        {
            await InsertOneAsync(
                session,
                first with
                {
                    Id = NewId(), MaxFeePerGas = price.Fee, MaxPriorityFeePerGas = price.Tip, InputsJson = inputs, HeadNumber = null,
                    Rung = rung++,
                },
                cancellationToken);
        }

        // Without room for a fill above the ladder, whoever cancels asks the signer for one.
        if (ladder.Cancel is not { } cancel)
            return;
        Guid id = NewId();
        Hash32 effect = Effect.HashOf(slot.Chain, slot.Sender, fillTo, TokenAmount.Zero, []);
        var fill = new Carrier(id, slot.Chain, slot.Sender, CarrierKind.Fill, $"{FillFamilyPrefix}{id:n}", effect);
        await attempts.InsertCarrierAsync(session, fill, [], cancellationToken);
        await attempts.FreezeAsync(session, fill.Id, cancellationToken);
        await InsertOneAsync(
            session,
            new PreparedCall(
                NewId(), fill.Id, slot.Id, effect, fillTo, TokenAmount.Zero, ReadOnlyMemory<byte>.Empty, fillGas, cancel.Fee,
                cancel.Tip, inputs, rung, HeadNumber: null)
            {
                DataFee = first.DataFee,
            },
            cancellationToken);
    }

    /// <summary>
    /// Has every sealed price signed that is not yet, as any further price of a slot: one that is refused is left out, and somebody is
    /// told. The slot, still leased.
    /// </summary>
    /// <exception cref="SignerUnavailableException">Nothing is known of one; it is asked for again.</exception>
    public async Task<NonceSlot> SignAsync(NonceSlot slot, IReadOnlyList<Rung> asked, CancellationToken cancellationToken)
    {
        NonceSlot current = slot;
        foreach (Rung rung in asked.OrderBy(rung => rung.Number))
            current = await signing.SignAsync(current, rung.Carrier, rung.Attempt, cancellationToken);
        return current;
    }

    private async Task InsertOneAsync(DbSession session, PreparedCall prepared, CancellationToken cancellationToken)
    {
        await attempts.InsertPreparedAsync(session, prepared, cancellationToken, PreparedState.Sealed);
        await attempts.InsertExecutionAsync(session, NewId(), prepared.Id, cancellationToken);
    }

    private Guid NewId() => Guid.CreateVersion7(clock.GetUtcNow());
}

/// <summary>What is to be sealed with a slot's first signature.</summary>
/// <param name="IsSealed">Whether the owner of its account approves: then all prices are signed at once.</param>
/// <param name="FillGas">Gas of the fill; nothing while it cannot be estimated, and then nothing is asked to be signed.</param>
internal sealed record SealPlan(bool IsSealed, long? FillGas);
