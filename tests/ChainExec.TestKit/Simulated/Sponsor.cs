using ChainExec.Ethereum;
using ChainExec.Ethereum.Transactions;

namespace ChainExec.TestKit.Simulated;

/// <summary>Somebody who carries the authorizations (EIP-7702) of others in transactions of type 4 that he pays for.</summary>
internal static class Sponsor
{
    private const ulong GasLimit = 100_000;

    public static Address Address { get; } = Address.Parse("0x000000000000000000000000000000005901150a");

    // Nobody needs its bytes: what matters is that the authority's nonce moves without a transaction of the authority.
    public static SimulatedTransaction Carry(SimulatedChainOptions options, ulong nonce, CarriedAuthorization authorization)
    {
        byte[] count = new byte[Hash32.Size];
        ((UInt256)nonce).WriteBigEndian(count);
        return new SimulatedTransaction
        {
            Hash = Keccak256.Hash([.. Address.ToArray(), .. count, .. authorization.Authority.ToArray()]),
            Type = Eip7702Transaction.TypeByte,
            From = Address,
            To = authorization.Authority,
            Nonce = nonce,
            GasLimit = GasLimit,
            MaxFeePerGas = Wei.Ether(1) / 1_000,
            MaxPriorityFeePerGas = options.SuggestedTip,
            ChainId = options.ChainId,
            Authorizations = [authorization],
        };
    }
}
