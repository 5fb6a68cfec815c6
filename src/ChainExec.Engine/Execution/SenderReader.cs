using System.Collections.Concurrent;
using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.Storage;

namespace ChainExec.Execution;

/// <summary>What the chain says about a sender before a nonce is bound for it.</summary>
/// <param name="IsDelegated">Whether its code is a delegation (EIP-7702): nodes keep one transaction of such an account.</param>
/// <param name="Delegate">To what it is delegated, when as many providers as make a quorum say the same.</param>
/// <param name="FirstNonce">Where its lane begins; nothing when the lane is open already or the providers do not agree.</param>
/// <param name="Doubt">Why there is no first nonce although the lane needs one.</param>
internal sealed record SenderReading(TokenAmount Balance, bool IsDelegated, Address? Delegate, long? FirstNonce, string? Doubt);

/// <summary>
/// Reads a sender from the nodes, once for each head of the index. None of it decides the fate of anything that was sent.
/// </summary>
internal sealed class SenderReader(
    NonceWitness witness, ProviderTrust trust, IndexReader index, UnitOfWork unitOfWork, TimeProvider clock)
{
    private static readonly TimeSpan AgeMax = TimeSpan.FromSeconds(1);

    // EIP-7702: the code of an account that delegates begins with these bytes.
    private static readonly byte[] DelegationPrefix = [0xef, 0x01, 0x00];

    private readonly ConcurrentDictionary<(long Chain, Address Sender), (long Head, long At, SenderReading Reading)> _last = new();

    /// <param name="head">Where the index stands: what was read at this head, a moment ago, is still true.</param>
    public async Task<SenderReading> ReadAsync(ChainProfile chain, Address sender, long head, CancellationToken cancellationToken)
    {
        if (_last.TryGetValue((chain.Id, sender), out (long Head, long At, SenderReading Reading) last) && last.Head == head
            && clock.GetElapsedTime(last.At) < AgeMax)
            return last.Reading;
        SenderReading reading = await AskAsync(chain, sender, cancellationToken);
        // Without an open lane there is more to ask than what changes with a block.
        if (reading is { FirstNonce: null, Doubt: null })
            _last[(chain.Id, sender)] = (head, clock.GetTimestamp(), reading);
        return reading;
    }

    /// <summary>The lane is not open, although it was: nothing that was read counts.</summary>
    public void Forget(long chain, Address sender) => _last.TryRemove((chain, sender), out _);

    private async Task<SenderReading> AskAsync(ChainProfile chain, Address sender, CancellationToken cancellationToken)
    {
        IReadOnlyList<ChainProvider> believed = await trust.BelievedAsync(chain, cancellationToken);
        RpcClient provider = believed.Count > 0 ? believed[0].Client : throw ProviderTrust.Nobody(chain);
        var balance = TokenAmount.From(await provider.GetBalanceAsync(sender, BlockTag.Latest, cancellationToken));
        byte[] code = await provider.GetCodeAsync(sender, BlockTag.Latest, cancellationToken);
        (long? first, string? doubt) = await FirstNonceAsync(chain, sender, cancellationToken);
        return new SenderReading(
            balance, IsDelegation(code), await AgreedDelegateAsync(believed, chain.FinalityQuorum, sender, code, cancellationToken),
            first, doubt);
    }

    // What an account that is not delegated is told to do with a batch succeeds and does nothing, and the signer has it as paid: so one
    // provider's word is not enough.
    private static async Task<Address?> AgreedDelegateAsync(
        IReadOnlyList<ChainProvider> believed, int quorum, Address sender, byte[] code, CancellationToken cancellationToken)
    {
        if (DelegateOf(code) is not { } delegated)
            return null;
        int agree = 1;
        foreach (ChainProvider other in believed.Skip(1))
        {
            if (agree >= quorum)
                break;
            agree += await SaysAsync(other, sender, code, cancellationToken) ? 1 : 0;
        }

        return agree >= quorum ? delegated : null;
    }

    // Who does not answer does not count.
    private static async Task<bool> SaysAsync(ChainProvider provider, Address sender, byte[] code, CancellationToken cancellationToken)
    {
        try
        {
            return (await provider.Client.GetCodeAsync(sender, BlockTag.Latest, cancellationToken)).AsSpan().SequenceEqual(code);
        }
        catch (RpcException)
        {
            return false;
        }
    }

    /// <summary>Whether an account's code delegates to a contract.</summary>
    public static bool IsDelegation(ReadOnlySpan<byte> code) => code.StartsWith(DelegationPrefix);

    private static Address? DelegateOf(ReadOnlySpan<byte> code) =>
        IsDelegation(code) && code.Length == DelegationPrefix.Length + Address.Size
            ? Address.FromBytes(code[DelegationPrefix.Length..])
            : null;

    // Once in the life of a lane. Asked at the newest block of the index: whatever uses a nonce after it, the index will see.
    private async Task<(long? Nonce, string? Doubt)> FirstNonceAsync(
        ChainProfile chain, Address sender, CancellationToken cancellationToken)
    {
        (bool isOpen, (long Number, Hash32 Hash)? tip) = await unitOfWork.RunAsync(
            async (session, token) => (
                await IsLaneOpenAsync(session, chain.Id, sender, token), await index.TipAsync(session, chain.Id, token)),
            cancellationToken);
        if (isOpen)
            return (null, null);
        if (tip is not (var number, var hash))
            return (null, "The index holds no block of the chain yet.");
        IReadOnlyList<NonceAnswer> answers = await witness.AskAsync(chain, sender, number, hash, cancellationToken);
        return NonceWitness.Agreed(answers, chain.FinalityQuorum) is { } nonce
            ? (nonce, null)
            : (null, $"Its nonce after block {number} is not the same with {chain.FinalityQuorum} providers: {string.Join("; ", answers)}");
    }

    private static Task<bool> IsLaneOpenAsync(DbSession session, long chain, Address sender, CancellationToken cancellationToken) =>
        session.Sql("select exists (select from execution.lane where chain_id = @chain and sender = @sender)")
            .With("chain", chain).With("sender", sender).ScalarAsync<bool>(cancellationToken);
}
