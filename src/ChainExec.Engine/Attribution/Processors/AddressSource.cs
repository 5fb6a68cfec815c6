using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Attribution.Processors;

/// <summary>Whose logs a processor believes.</summary>
public abstract record AddressSource
{
    private AddressSource()
    {
    }

    /// <summary>Contracts by their addresses, on any chain.</summary>
    public static AddressSource At(params IEnumerable<Address> addresses) => new Fixed(addresses.ToHashSet());

    /// <summary>Contracts that a factory made, as its event of the type <typeparamref name="TCreated"/> names them.</summary>
    /// <param name="factories">The factories.</param>
    /// <param name="child">The contract that the event names.</param>
    public static AddressSource ChildrenOf<TCreated>(IEnumerable<Address> factories, Func<TCreated, Address> child)
        where TCreated : struct, IAbiEvent<TCreated> => new FactoryChild(
            factories.ToHashSet(), TCreated.Topic0,
            (topics, data) =>
            {
                try
                {
                    return child(TCreated.Decode([.. topics], data.Span));
                }
                catch (AbiException)
                {
                    // A log with the topic of another event: it names no child.
                    return null;
                }
            });

    /// <summary>Contracts by their addresses.</summary>
    /// <param name="Addresses">The addresses, on any chain.</param>
    public sealed record Fixed(IReadOnlySet<Address> Addresses) : AddressSource;

    /// <summary>The tokens of the asset registry. What reaches the books comes from here only.</summary>
    public sealed record ListedAssets : AddressSource;

    /// <summary>Our own accounts, such as Safes, which emit events themselves.</summary>
    public sealed record OurAccounts : AddressSource;

    /// <summary>Contracts that a factory made.</summary>
    /// <param name="Factories">The factories.</param>
    /// <param name="Topic0">The first topic of their event.</param>
    /// <param name="Child">The contract that a log of it names; nothing when it names none.</param>
    public sealed record FactoryChild(
        IReadOnlySet<Address> Factories, Hash32 Topic0, Func<IReadOnlyList<Hash32>, ReadOnlyMemory<byte>, Address?> Child) : AddressSource;
}
