using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.TestKit.Simulated;

namespace ChainExec.Simulation;

/// <summary>An account of the service.</summary>
/// <param name="Wallet">The same key in somebody else's hands.</param>
internal sealed record Sender(Wallet Wallet, CustodyAccount Account)
{
    public Address Address => Wallet.Address;
}
