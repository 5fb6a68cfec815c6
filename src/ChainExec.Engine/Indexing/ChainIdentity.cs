using ChainExec.Calls;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Indexing;

/// <summary>
/// Is this the chain that the database knows? Asked before the first turn: nothing is processed on another chain's answers.
/// </summary>
internal sealed class ChainIdentity(ChainNodes nodes, ChainStore chains)
{
    /// <summary>
    /// Registers a chain at first contact; otherwise compares its genesis block and our last final block with the providers'.
    /// </summary>
    /// <exception cref="ChainMismatchException">It is another chain.</exception>
    /// <exception cref="RpcException">Too few providers could be asked.</exception>
    /// <exception cref="NodeFaultException">The providers do not agree on the genesis block.</exception>
    public async Task VerifyAsync(CancellationToken cancellationToken)
    {
        ChainProfile profile = nodes.Profile;
        await VerifyChainIdsAsync(profile, cancellationToken);
        Hash32 genesis = (await nodes.AgreedNowAsync(0, cancellationToken))?.Ref.Hash
            ?? throw new NodeFaultException(provider: null, $"they do not agree on the genesis block of chain {profile.Id}");
        if (await chains.PeekAsync(profile.Id, cancellationToken) is not { } state)
        {
            await chains.RegisterAsync(profile.Id, genesis, profile.StartBlock, cancellationToken);
            return;
        }

        if (state.Genesis != genesis)
            throw ChainMismatchException.Genesis(profile.Id, state.Genesis, genesis);
        // A halted chain has its final block contradicted already; status shows it, and the start is not refused for it.
        if (state.Final is not { } final || state.IsHalted)
            return;
        // Nothing at that height is a node that is still catching up: the follower waits for it.
        AgreedBlock? theirs = await nodes.AgreedNowAsync(final.Number, cancellationToken);
        if (theirs is not null && theirs.Ref.Hash != final.Hash)
            throw ChainMismatchException.Final(profile.Id, final, theirs.Ref.Hash);
    }

    // A provider that cannot be asked says nothing; one that serves another chain is a configuration error, however many others agree.
    private static async Task VerifyChainIdsAsync(ChainProfile profile, CancellationToken cancellationToken)
    {
        RpcException? fault = null;
        int answered = 0;
        foreach (ChainProvider provider in profile.Providers)
        {
            try
            {
                ulong id = await provider.Client.ChainIdAsync(cancellationToken);
                if (id != (ulong)profile.Id)
                    throw ChainMismatchException.ChainId(profile.Id, provider.Name, id);
                answered++;
            }
            catch (RpcException exception)
            {
                fault = exception;
            }
        }

        if (answered < profile.FinalityQuorum && fault is not null)
            throw fault;
    }
}
