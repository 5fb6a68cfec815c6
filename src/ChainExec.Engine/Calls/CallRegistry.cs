using System.Collections.Frozen;

namespace ChainExec.Calls;

/// <summary>Every call type this service encodes. What is not here cannot be sent.</summary>
internal sealed class CallRegistry
{
    private readonly FrozenDictionary<string, CallType> _types;

    public CallRegistry(IEnumerable<CallType> types)
    {
        All = [.. types.OrderBy(type => type.Name, StringComparer.Ordinal)];
        _types = All.ToFrozenDictionary(type => type.Name);
    }

    /// <summary>The types that ship with the engine.</summary>
    public static IReadOnlyList<CallType> Shipped { get; } = [Erc20Transfer.Type, Erc20Approve.Type, NativeTransfer.Type];

    public IReadOnlyList<CallType> All { get; }

    public CallType? Find(string name) => _types.GetValueOrDefault(name);
}
