using static ChainExec.Ethereum.Rpc.RpcErrorClass;

namespace ChainExec.Ethereum.Rpc;

/// <summary>
/// What nodes say, as data, in the order it is tried. Revert wording comes first because a contract's revert string can quote any other
/// row. Each row names who says it, from their sources: go-ethereum core/error.go and core/txpool, erigon txpoolcfg, nethermind
/// TxPoolErrorMessages and the older AcceptTxResult, besu RpcErrorType, reth rpc-eth-types, foundry anvil eth/error, edr mem_pool, revm
/// result; providers from their documentation and from what their users report.
/// </summary>
internal static class RpcErrorCatalogue
{
    private const int LimitExceeded = -32005;
    private const string GethLike = "geth erigon reth nethermind";
    private const string Everybody = "geth erigon nethermind besu reth anvil hardhat";

    /// <summary>
    /// The rows of reverts, tried before any other. The plain ones match anywhere in a message: words before them are a wrapper's, words
    /// after them are the contract's, and neither may be taken for the node's.
    /// </summary>
    internal static IReadOnlyList<RpcErrorRule> Reverts { get; } =
    [
        new(Reverted, "geth_code_3", Everybody, "", 3),
        new(Reverted, "geth_execution_reverted", Everybody, "execution reverted*"),
        new(Reverted, "hardhat_vm_exception", "hardhat", "vm exception while processing transaction: revert*"),
        new(Reverted, "hardhat_transaction_reverted", "hardhat", "^transaction reverted*"),
        new(Reverted, "nethermind_vm_revert", "nethermind", "^vm execution error: revert*"),
        new(Reverted, "nethermind_revert", "nethermind", "^revert*"),
        new(Reverted, "openethereum_vm_execution_error", "openethereum nethermind", "^vm execution error", -32015),
        new(Reverted, "wrapped_revert", Everybody, "revert"),
        new(Reverted, "wrapped_reverted", Everybody, "reverted"),
    ];

    /// <summary>The other rows.</summary>
    internal static IReadOnlyList<RpcErrorRule> Rules { get; } = [.. Pool(), .. Fees(), .. GasAndType(), .. Providers()];

    private static RpcErrorRule[] Pool() =>
    [
        // The nonce of an EIP-7702 authorization, not of the transaction: no class of ours, and it must not pass for one.
        new(Unknown, "geth_authority_nonce", "geth", "authority nonce too low"),

        new(AlreadyKnown, "geth_already_known", GethLike, "already known"),
        new(AlreadyKnown, "anvil_already_imported", "anvil", "transaction already imported"),
        new(AlreadyKnown, "reth_already_imported", "reth anvil", "already imported"),
        new(AlreadyKnown, "besu_known_transaction", "besu hardhat geth", "^known transaction"),
        new(AlreadyKnown, "erigon_duplicate_hash", "erigon", "existing txn with same hash"),
        new(AlreadyKnown, "erigon_existing_tx_hash", "erigon", "existing tx with same hash"),
        new(AlreadyKnown, "nethermind_already_known", "nethermind", "^alreadyknown"),
        new(AlreadyKnown, "sei_already_exists", "sei", "tx already exists in cache"),

        new(ReplacementUnderpriced, "geth_replacement", Everybody, "replacement transaction underpriced"),
        new(ReplacementUnderpriced, "reth_replacement", "reth anvil", "insufficient gas price to replace existing transaction"),
        new(ReplacementUnderpriced, "erigon_not_replaced", "erigon", "could not replace existing tx"),
        new(ReplacementUnderpriced, "nethermind_replacement", "nethermind", "^replacementnotallowed"),
        new(ReplacementUnderpriced, "geth_future_replaces", "geth", "future transaction tries to replace pending"),
        new(ReplacementUnderpriced, "openethereum_replacement", "openethereum",
            "^transaction gas price * is too low. there is another transaction with same nonce"),

        new(NonceTooLow, "geth_nonce_too_low", Everybody, "nonce too low"),
        new(NonceTooLow, "revm_nonce_too_low", "revm anvil reth hardhat", "^nonce * too low, expected"),
        new(NonceTooLow, "nethermind_old_nonce", "nethermind", "^oldnonce"),
        new(NonceTooLow, "besu_nonce_below", "besu", "transaction nonce * below sender account nonce"),
        new(NonceTooLow, "openethereum_nonce", "openethereum", "^transaction nonce is too low"),
        new(NonceTooLow, "substrate_stale", "moonbeam", "pool(stale)"),
        new(NonceTooHigh, "geth_nonce_too_high", Everybody, "nonce too high"),
        new(NonceTooHigh, "revm_nonce_too_high", "revm anvil reth hardhat", "^nonce * too high, expected"),
        new(NonceTooHigh, "besu_nonce_distant", "besu", "transaction nonce is too distant"),
        new(NonceTooHigh, "nethermind_nonce_gap", "nethermind", "^noncegap"),
        new(NonceTooHigh, "nethermind_nonce_future", "nethermind", "^noncetoofarinfuture"),
        new(NonceTooHigh, "nethermind_nonce_far", "nethermind", "nonce too far in future"),
        new(NonceTooHigh, "besu_nonce_future", "besu", "transaction nonce is too far in the future"),

        new(DelegatedInFlightLimit, "geth_delegated_in_flight", "geth reth", "in-flight transaction limit reached for delegated accounts"),
        new(DelegatedInFlightLimit, "geth_delegated_gap", "geth reth", "gapped-nonce tx from delegated accounts"),
        new(DelegatedInFlightLimit, "nethermind_delegation_gap", "nethermind", "delegation nonce gap"),
        new(DelegatedInFlightLimit, "nethermind_current_nonce", "nethermind", "^notcurrentnoncefordelegation"),
        new(DelegatedInFlightLimit, "nethermind_delegator_pending", "nethermind", "^delegatorhaspendingtx"),
        new(AccountReserved, "geth_address_reserved", "geth reth", "address already reserved"),
        new(AccountReserved, "geth_authority_reserved", "geth erigon reth", "authority already reserved"),
        new(AccountReserved, "erigon_authority_reserved", "erigon", "eip-7702 transaction with authority already reserved"),
        new(AccountReserved, "nethermind_type_conflict", "nethermind", "pending transaction type conflict"),
        new(AccountReserved, "nethermind_conflicting_type", "nethermind", "^pendingtxsofconflictingtype"),
        new(AccountReserved, "nethermind_authority_pending", "nethermind", "delegation authority has pending transaction"),
        new(AccountReserved, "reth_type_conflict", "reth", "transaction type * conflicts with existing transaction"),

        new(PoolFull, "geth_pool_full", "geth reth", "txpool is full"),
        new(PoolFull, "geth_account_limit", "geth", "account limit exceeded"),
        new(PoolFull, "besu_pool_full", "besu", "transaction pool is full"),
        new(PoolFull, "erigon_pending_full", "erigon", "pending sub-pool is full"),
        new(PoolFull, "erigon_base_fee_full", "erigon", "basefee sub-pool is full"),
        new(PoolFull, "erigon_queued_full", "erigon", "queued sub-pool is full"),
        new(PoolFull, "erigon_spammer", "erigon", "^spammer"),
        new(PoolFull, "reth_discarded", "reth", "transaction discarded outright due to pool size constraints"),
        new(PoolFull, "openethereum_queue_limit", "openethereum", "there are too many transactions in the queue"),
        new(PoolFull, "arbitrum_sequencer_full", "arbitrum", "sequencer pending tx pool full"),
    ];

    private static RpcErrorRule[] Fees() =>
    [
        new(FeeCapBelowBaseFee, "geth_fee_below_base", "geth reth anvil nethermind arbitrum", "max fee per gas less than block base fee"),
        new(FeeCapBelowBaseFee, "erigon_fee_below_base", "erigon", "fee cap less than block base fee"),
        new(FeeCapBelowBaseFee, "revm_fee_below_base", "revm", "gas price is less than basefee"),
        new(FeeCapBelowBaseFee, "besu_fee_below_base", "besu", "gas price below current base fee"),
        new(FeeCapBelowBaseFee, "besu_price_below_base", "besu", "gasprice is less than the current basefee"),
        new(FeeCapBelowBaseFee, "hardhat_fee_below_base", "hardhat", "maxfeepergas * is too low for the next block"),
        new(FeeCapBelowBaseFee, "hardhat_price_below_base", "hardhat", "gasprice * is too low for the next block"),
        new(FeeCapBelowBaseFee, "nethermind_fee_below_base", "nethermind", "maxfeepergas too low * basefee"),
        new(FeeCapBelowBaseFee, "astar_price_below_base", "astar", "gas price less than block base fee"),
        new(FeeCapExceeded, "geth_fee_cap", "geth erigon reth", "tx fee * exceeds the configured cap"),
        new(FeeCapExceeded, "besu_fee_cap", "besu", "transaction fee cap exceeded"),

        new(Underpriced, "geth_underpriced", "geth erigon reth nethermind", "transaction underpriced"),
        new(Underpriced, "geth_below_minimum", "geth bor", "gas price below minimum"),
        new(Underpriced, "geth_tip_below_minimum", "geth", "gas tip cap * minimum needed"),
        new(Underpriced, "besu_below_minimum", "besu", "gas price below configured minimum"),
        new(Underpriced, "hedera_below_minimum", "hedera", "is below configured minimum gas price"),
        new(Underpriced, "erigon_underpriced", "erigon", "^underpriced"),
        new(Underpriced, "erigon_fee_too_low", "erigon", "^fee too low"),
        new(Underpriced, "reth_fee_cap_below_minimum", "reth", "transaction feecap * below chain minimum"),
        new(Underpriced, "reth_tip_below_minimum", "reth", "priority fee * below minimum required"),
        new(Underpriced, "nethermind_fee_too_low", "nethermind", "^feetoolow*"),
        new(Underpriced, "openethereum_minimal_price", "openethereum", "does not satisfy your node's minimal gas price"),
        new(Underpriced, "arbitrum_price_too_low", "arbitrum metis", "^gas price too low"),

        new(InsufficientFunds, "geth_insufficient_funds", "geth erigon reth nethermind anvil openethereum", "insufficient funds"),
        new(InsufficientFunds, "geth_insufficient_balance", "geth erigon zksync", "insufficient balance for transfer"),
        new(InsufficientFunds, "geth_overdraft", "geth", "transaction would cause overdraft"),
        new(InsufficientFunds, "reth_overdraws", "reth", "transaction overdraws from account"),
        new(InsufficientFunds, "revm_lack_of_funds", "revm", "^lack of funds * for max fee"),
        new(InsufficientFunds, "hardhat_enough_funds", "hardhat", "sender doesn't have enough funds"),
        new(InsufficientFunds, "besu_upfront_cost", "besu", "upfront cost exceeds account balance"),
        new(InsufficientFunds, "besu_up_front_cost", "besu", "transaction up-front cost * exceeds transaction sender account balance"),
        new(InsufficientFunds, "nethermind_insufficient_funds", "nethermind", "^insufficientfunds"),
        new(InsufficientFunds, "openethereum_balance", "openethereum", "^insufficient balance for transaction"),
        new(InsufficientFunds, "arbitrum_not_enough_funds", "arbitrum", "not enough funds for gas"),
        new(InsufficientFunds, "monad_insufficient_balance", "monad", "signer had insufficient balance"),
    ];

    private static RpcErrorRule[] GasAndType() =>
    [
        new(GasOverThePerTransactionCap, "geth_transaction_cap", "geth", "transaction gas limit too high * cap"),
        new(GasOverThePerTransactionCap, "reth_transaction_cap", "reth", "exceeds max transaction gas limit"),
        new(GasOverThePerTransactionCap, "hardhat_transaction_cap", "hardhat", "exceeds transaction gas cap"),
        new(GasOverThePerTransactionCap, "revm_transaction_cap", "revm anvil reth", "transaction gas limit * greater than the cap"),
        new(GasOverThePerTransactionCap, "anvil_transaction_cap", "anvil",
            "transaction gas limit is greater than the block gas limit, gas_limit: * cap"),
        new(GasOverThePerTransactionCap, "anvil_tx_gas_limit_cap", "anvil",
            "intrinsic gas too high -- tx.gas_limit > env.cfg.tx_gas_limit_cap"),
        new(GasOverThePerTransactionCap, "besu_transaction_cap", "besu", "transaction gas limit cap exceeded"),
        new(GasOverThePerTransactionCap, "nethermind_transaction_cap", "nethermind", "txgaslimitcapexceeded"),

        new(IntrinsicGas, "geth_intrinsic", "geth erigon reth anvil nethermind", "intrinsic gas too low"),
        new(IntrinsicGas, "erigon_intrinsic", "erigon", "^intrinsicgas$"),
        new(IntrinsicGas, "geth_floor_data", "geth reth", "insufficient gas for floor data gas cost"),
        new(IntrinsicGas, "besu_intrinsic", "besu", "intrinsic gas * exceeds gas limit"),
        new(IntrinsicGas, "hardhat_intrinsic", "hardhat", "transaction requires at least * gas but got"),
        new(IntrinsicGas, "revm_call_cost", "revm", "call gas cost * exceeds the gas limit"),
        new(IntrinsicGas, "revm_floor", "revm", "gas floor * exceeds the gas limit"),
        new(IntrinsicGas, "anvil_call_cost", "anvil", "intrinsic gas too high -- callgascostmorethangaslimit"),
        new(IntrinsicGas, "anvil_floor", "anvil", "intrinsic gas too high -- gasfloormorethangaslimit"),
        new(IntrinsicGas, "openethereum_gas_too_low", "openethereum", "^transaction gas is too low"),
        new(IntrinsicGas, "monad_gas_too_low", "monad", "^gas limit too low"),

        new(GasLimit, "anvil_gas_limit", "anvil reth", "intrinsic gas too high"),
        new(GasLimit, "geth_gas_limit", "geth erigon reth besu", "exceeds block gas limit"),
        new(GasLimit, "reth_gas_limit", "reth", "transaction's gas limit * exceeds block's gas limit"),
        new(GasLimit, "revm_gas_limit", "revm", "caller gas limit exceeds the block gas limit"),
        new(GasLimit, "hardhat_gas_limit", "hardhat", "transaction gas limit is * and exceeds block gas limit"),
        new(GasLimit, "geth_allowance", "geth erigon reth anvil", "gas required exceeds allowance"),
        new(GasLimit, "geth_gas_limit_reached", "geth nethermind", "^gas limit reached"),
        new(GasLimit, "erigon_gas_limit_too_high", "erigon", "gas limit is too high"),
        new(GasLimit, "nethermind_gas_limit", "nethermind", "^gaslimitexceeded"),
        new(GasLimit, "openethereum_gas_limit", "openethereum", "^transaction cost exceeds current gas limit"),

        new(Malformed, "geth_chain_id", "geth erigon reth nethermind", "invalid chain id for signer"),
        new(Malformed, "geth_oversized", "geth erigon reth", "oversized data"),
        new(Malformed, "geth_replay_protected", "geth erigon reth", "only replay-protected (eip-155) transactions allowed over rpc"),

        new(TxTypeUnsupported, "geth_type", "geth erigon reth", "transaction type not supported"),
        new(TxTypeUnsupported, "reth_type", "reth", "tx type not supported"),
        new(TxTypeUnsupported, "anvil_type", "anvil", "unknown transaction type not supported"),
        new(TxTypeUnsupported, "anvil_hardfork", "anvil", "not supported by the current hardfork"),
        new(TxTypeUnsupported, "anvil_authorizations", "anvil", "authorization lists are not supported before"),
        new(TxTypeUnsupported, "hardhat_type", "hardhat", "not supported by the current hardfork"),
        new(TxTypeUnsupported, "erigon_type", "erigon", "fork supporting this transaction type is not activated yet"),
        new(TxTypeUnsupported, "besu_type", "besu", "transaction type * is invalid"),
        new(TxTypeUnsupported, "besu_invalid_type", "besu", "^invalid transaction type"),
        new(TxTypeUnsupported, "nethermind_type", "nethermind", "unsupported transaction type"),
        new(TxTypeUnsupported, "nethermind_not_supported_type", "nethermind", "^notsupportedtxtype"),
        new(TxTypeUnsupported, "nethermind_invalid_type", "nethermind", "invalidtxtype: transaction type * is not supported"),
        new(TxTypeUnsupported, "revm_type", "revm", "^eip* is not supported$"),
    ];

    private static RpcErrorRule[] Providers() => [.. Ranges(), .. Rates(), .. Outages()];

    private static RpcErrorRule[] Ranges() =>
    [
        new(RangeTooLarge, "provider_results", "infura alchemy polygon geth", "query returned more than"),
        new(RangeTooLarge, "alchemy_response_size", "alchemy", "log response size exceeded"),
        new(RangeTooLarge, "reth_max_results", "reth ankr llamarpc", "query exceeds max results"),
        new(RangeTooLarge, "reth_max_block_range", "reth hyperliquid publicnode", "exceed * block range"),
        new(RangeTooLarge, "provider_block_range_exceeds", "drpc chainstack somnia pocket", "block range * exceed*"),
        new(RangeTooLarge, "drpc_free_tier", "drpc", "ranges over * blocks are not supported"),
        new(RangeTooLarge, "ankr_block_range_wide", "ankr moonbeam", "block range * too wide"),
        new(RangeTooLarge, "ankr_distance", "ankr", "maximum [from, to] blocks distance"),
        new(RangeTooLarge, "simplyvc_too_wide", "simplyvc", "too wide blocks range"),
        new(RangeTooLarge, "alchemy_up_to_block_range", "alchemy aurora", "up to a * block range"),
        new(RangeTooLarge, "quicknode_limited_range", "quicknode berachain", "eth_getlogs is limited to a * range"),
        new(RangeTooLarge, "blockpi_limited_range", "blockpi 1rpc", "limited to * block*"),
        new(RangeTooLarge, "infura_range_exceeds", "infura", "^range * exceeds limit of"),
        new(RangeTooLarge, "cloudflare_max_range", "cloudflare", "max range:"),
        new(RangeTooLarge, "publicnode_maximum_range", "publicnode", "maximum block range:"),
        new(RangeTooLarge, "thirdweb_requested_blocks", "thirdweb", "maximum allowed number of requested blocks"),
        new(RangeTooLarge, "avalanche_too_many_blocks", "avalanche drpc", "requested too many blocks"),
        new(RangeTooLarge, "coinbase_at_most", "coinbase", "please limit the query to at most"),
        new(RangeTooLarge, "swell_block_range", "swell", "block range greater than"),
        new(RangeTooLarge, "harmony_query_size", "harmony", "query must be smaller than size"),
        new(RangeTooLarge, "arbitrum_logs_matched", "arbitrum", "logs matched by query exceeds limit"),
        new(RangeTooLarge, "optimism_backend_response", "optimism", "backend response too large"),
        new(RangeTooLarge, "geth_response_too_large", "geth erigon", "^response too large"),
        new(RangeTooLarge, "1rpc_response_size", "1rpc", "response size should not greater than"),
        new(RangeTooLarge, "reth_response_too_big", "reth", "response is too big"),
        new(RangeTooLarge, "blast_plan_range", "blast", "exceeds the range allowed for your plan"),
        new(RangeTooLarge, "provider_range", "base merkle optimism", "range * too large"),
        new(RangeTooLarge, "besu_range", "besu", "requested range exceeds"),
    ];

    private static RpcErrorRule[] Rates() =>
    [
        new(RateLimited, "provider_code_429", "alchemy infura quicknode", "", 429),
        new(RateLimited, "provider_too_many", "infura quicknode ankr", "too many requests"),
        new(RateLimited, "provider_rate_limit", "infura publicnode quicknode", "rate limit*"),
        new(RateLimited, "alchemy_compute_units", "alchemy", "compute units per second"),
        new(RateLimited, "alchemy_concurrent", "alchemy", "exceeded its concurrent requests capacity"),
        new(RateLimited, "alchemy_monthly", "alchemy", "monthly capacity limit exceeded"),
        new(RateLimited, "infura_request_count", "infura", "request count exceeded"),
        new(RateLimited, "infura_credits", "infura", "^payment required", 402),
        new(RateLimited, "infura_project_rate", "infura", "project id request rate exceeded"),
        new(RateLimited, "quicknode_request_limit", "quicknode", "request limit reached"),
        new(RateLimited, "quicknode_per_second", "quicknode", "/second request limit"),
        new(RateLimited, "nethermind_module_timeout", "nethermind", "unable to start new queued requests"),
        new(RateLimited, "eip1474_limit_exceeded", "infura", "^limit exceeded", LimitExceeded),
    ];

    private static RpcErrorRule[] Outages() =>
    [
        new(Unavailable, "geth_missing_trie_node", "geth", "missing trie node"),
        new(Unavailable, "geth_header_not_found", "geth erigon reth", "^header not found"),
        new(Unavailable, "geth_historical_state", "geth", "historical state * is not available"),
        new(Unavailable, "geth_state_missing", "geth", "required historical state unavailable"),
        new(Unavailable, "geth_pruned", "geth reth besu", "pruned history unavailable"),
        new(Unavailable, "geth_timeout", "geth", "request timed out"),
        new(Unavailable, "geth_execution_aborted", "geth reth", "^execution aborted (timeout"),
        new(Unavailable, "geth_indexing", "geth", "transaction indexing is in progress"),
        new(Unavailable, "erigon_pruned", "erigon", "old data not available due to pruning"),
        new(Unavailable, "besu_state", "besu", "world state unavailable"),
        new(Unavailable, "besu_sync", "besu", "initial sync is still in progress"),
        new(Unavailable, "besu_pool_disabled", "besu", "transaction pool not enabled"),
        new(Unavailable, "besu_timeout", "besu", "^timeout expired"),
        new(Unavailable, "nethermind_syncing", "nethermind", "node is syncing"),
        new(Unavailable, "nethermind_syncing_code", "nethermind", "^syncing"),
        new(Unavailable, "nethermind_no_state", "nethermind", "no state available for block"),
        new(Unavailable, "reth_block_not_found", "reth", "^block not found:", -32001),
        new(Unavailable, "anvil_data", "anvil", "^required data unavailable"),
        new(Unavailable, "anvil_out_of_range", "anvil", "^blockoutofrangeerror"),
        new(Unavailable, "provider_service", "infura alchemy arbitrum", "service unavailable"),
        new(Unavailable, "provider_bad_gateway", "arbitrum", "502 bad gateway"),
        new(Unavailable, "base_no_backend", "base optimism", "no backend is currently healthy"),
        new(Unavailable, "quicknode_temporary", "quicknode", "temporary internal error"),
        new(Unavailable, "eip1474_resource_not_found", "anvil", "^resource not found", -32001),
        new(Unavailable, "eip1474_resource_unavailable", "infura", "^resource unavailable", -32002),
    ];
}
