using ChainExec.Ethereum.Transactions;

namespace ChainExec.Ethereum.Rpc;

/// <summary>What a transaction authorizes (EIP-7702).</summary>
/// <param name="TransactionHash">The transaction.</param>
/// <param name="List">Its authorizations, in order; empty when it is of another type than 4.</param>
internal sealed record RpcAuthorizations(Hash32 TransactionHash, IReadOnlyList<SignedAuthorization> List);
