namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// What nodes say, as data, in the order it is tried. Revert wording comes first because a contract's revert string can quote any other
/// row.
/// Where several clients say the same words the row is named after the first: a row by any name may serve several clients.
/// </summary>
internal static class RpcErrorCatalogue
{
    private const int LimitExceeded = -32005;

    /// <summary>The rows.</summary>
    internal static IReadOnlyList<RpcErrorRule> Rules { get; } =
    [
        new(RpcErrorClass.Reverted, "geth_code_3", "", 3),
        new(RpcErrorClass.Reverted, "geth_execution_reverted", "^execution reverted"),
        new(RpcErrorClass.Reverted, "hardhat_vm_exception", "^vm exception while processing transaction: revert"),
        new(RpcErrorClass.Reverted, "hardhat_error_vm_exception", "^error: vm exception while processing transaction: revert"),
        new(RpcErrorClass.Reverted, "hardhat_transaction_reverted", "^transaction reverted"),
        new(RpcErrorClass.Reverted, "openethereum_reverted", "^reverted 0x"),
        new(RpcErrorClass.Reverted, "openethereum_vm_execution_error", "^vm execution error", -32015),

        new(RpcErrorClass.AlreadyKnown, "geth_already_known", "already known"),
        new(RpcErrorClass.AlreadyKnown, "anvil_already_imported", "transaction already imported"),
        new(RpcErrorClass.AlreadyKnown, "hardhat_known_transaction", "^known transaction"),
        new(RpcErrorClass.AlreadyKnown, "nethermind_already_known", "^alreadyknown"),

        new(RpcErrorClass.ReplacementUnderpriced, "geth_replacement", "replacement transaction underpriced"),
        new(RpcErrorClass.ReplacementUnderpriced, "erigon_not_replaced", "could not replace existing tx"),
        new(RpcErrorClass.ReplacementUnderpriced, "nethermind_replacement", "^replacementnotallowed"),

        new(RpcErrorClass.NonceTooLow, "geth_nonce_too_low", "nonce too low"),
        new(RpcErrorClass.NonceTooLow, "nethermind_old_nonce", "^oldnonce"),
        new(RpcErrorClass.NonceTooLow, "besu_nonce_below", "transaction nonce * below sender account nonce"),
        new(RpcErrorClass.NonceTooHigh, "geth_nonce_too_high", "nonce too high"),
        new(RpcErrorClass.NonceTooHigh, "besu_nonce_distant", "transaction nonce is too distant"),
        new(RpcErrorClass.NonceTooHigh, "nethermind_nonce_gap", "^noncegap"),
        new(RpcErrorClass.NonceTooHigh, "nethermind_nonce_future", "^noncetoofarinfuture"),

        new(RpcErrorClass.DelegatedInFlightLimit, "geth_delegated_in_flight", "in-flight transaction limit reached for delegated accounts"),
        new(RpcErrorClass.DelegatedInFlightLimit, "geth_delegated_gap", "gapped-nonce tx from delegated accounts"),
        new(RpcErrorClass.AccountReserved, "geth_address_reserved", "address already reserved"),

        new(RpcErrorClass.FeeCapBelowBaseFee, "geth_fee_below_base", "max fee per gas less than block base fee"),
        new(RpcErrorClass.FeeCapBelowBaseFee, "hardhat_fee_below_base", "maxfeepergas * is too low for the next block"),
        new(RpcErrorClass.FeeCapBelowBaseFee, "hardhat_price_below_base", "gasprice * is too low for the next block"),
        new(RpcErrorClass.FeeCapExceeded, "geth_fee_cap", "tx fee * exceeds the configured cap"),
        new(RpcErrorClass.FeeCapExceeded, "besu_fee_cap", "transaction fee cap exceeded"),
        new(RpcErrorClass.Underpriced, "geth_underpriced", "transaction underpriced"),
        new(RpcErrorClass.Underpriced, "geth_below_minimum", "gas price below minimum"),
        new(RpcErrorClass.Underpriced, "besu_below_minimum", "gas price below configured minimum"),
        new(RpcErrorClass.Underpriced, "erigon_underpriced", "^underpriced"),
        new(RpcErrorClass.Underpriced, "erigon_fee_too_low", "^fee too low"),
        new(RpcErrorClass.Underpriced, "nethermind_fee_too_low", "^feetoolow"),

        new(RpcErrorClass.InsufficientFunds, "geth_insufficient_funds", "insufficient funds"),
        new(RpcErrorClass.InsufficientFunds, "hardhat_enough_funds", "sender doesn't have enough funds"),
        new(RpcErrorClass.InsufficientFunds, "besu_upfront_cost", "upfront cost exceeds account balance"),
        new(RpcErrorClass.InsufficientFunds, "nethermind_insufficient_funds", "^insufficientfunds"),

        new(RpcErrorClass.GasOverTransactionCap, "geth_transaction_cap", "transaction gas limit too high * cap"),
        new(RpcErrorClass.GasOverTransactionCap, "hardhat_transaction_cap", "exceeds transaction gas cap"),
        new(RpcErrorClass.GasOverTransactionCap, "revm_transaction_cap", "transaction gas limit * greater than the cap"),
        new(RpcErrorClass.IntrinsicGas, "geth_intrinsic", "intrinsic gas too low"),
        new(RpcErrorClass.IntrinsicGas, "geth_floor_data", "insufficient gas for floor data gas cost"),
        new(RpcErrorClass.IntrinsicGas, "besu_intrinsic", "intrinsic gas * exceeds gas limit"),
        new(RpcErrorClass.IntrinsicGas, "hardhat_intrinsic", "transaction requires at least * gas but got"),
        new(RpcErrorClass.GasLimit, "anvil_gas_limit", "intrinsic gas too high"),
        new(RpcErrorClass.GasLimit, "geth_gas_limit", "exceeds block gas limit"),
        new(RpcErrorClass.GasLimit, "geth_allowance", "gas required exceeds allowance"),
        new(RpcErrorClass.GasLimit, "nethermind_gas_limit", "^gaslimitexceeded"),
        new(RpcErrorClass.TxTypeUnsupported, "geth_type", "transaction type not supported"),
        new(RpcErrorClass.TxTypeUnsupported, "reth_type", "tx type not supported"),
        new(RpcErrorClass.TxTypeUnsupported, "besu_type", "transaction type * is invalid"),
        new(RpcErrorClass.PoolFull, "geth_pool_full", "txpool is full"),
        new(RpcErrorClass.PoolFull, "besu_pool_full", "transaction pool is full"),
        new(RpcErrorClass.PoolFull, "erigon_pool_overflow", "^pending sub-pool is full"),

        new(RpcErrorClass.RangeTooLarge, "provider_results", "query returned more than"),
        new(RpcErrorClass.RangeTooLarge, "provider_response_size", "log response size exceeded"),
        new(RpcErrorClass.RangeTooLarge, "provider_exceeds_block_range", "exceed * block range"),
        new(RpcErrorClass.RangeTooLarge, "provider_block_range_exceeds", "block range * exceed"),
        new(RpcErrorClass.RangeTooLarge, "provider_block_range_wide", "block range * too wide"),
        new(RpcErrorClass.RangeTooLarge, "provider_up_to_block_range", "up to a * block range"),
        new(RpcErrorClass.RangeTooLarge, "provider_range", "range * too large"),
        new(RpcErrorClass.RangeTooLarge, "besu_range", "requested range exceeds"),
        new(RpcErrorClass.RateLimited, "provider_code_429", "", 429),
        new(RpcErrorClass.RateLimited, "provider_too_many", "too many requests"),
        new(RpcErrorClass.RateLimited, "provider_rate_limit", "rate limit"),
        new(RpcErrorClass.RateLimited, "provider_compute_units", "compute units per second"),
        new(RpcErrorClass.RateLimited, "provider_request_count", "request count exceeded"),
        new(RpcErrorClass.RateLimited, "eip1474_limit_exceeded", "^limit exceeded", LimitExceeded),

        new(RpcErrorClass.Unavailable, "geth_missing_trie_node", "missing trie node"),
        new(RpcErrorClass.Unavailable, "geth_header_not_found", "^header not found"),
        new(RpcErrorClass.Unavailable, "geth_historical_state", "historical state * is not available"),
        new(RpcErrorClass.Unavailable, "geth_timeout", "request timed out"),
        new(RpcErrorClass.Unavailable, "provider_service", "service unavailable"),
        new(RpcErrorClass.Unavailable, "eip1474_resource_not_found", "^resource not found", -32001),
        new(RpcErrorClass.Unavailable, "eip1474_resource_unavailable", "^resource unavailable", -32002),
    ];
}
