using System.Globalization;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Tests.Rpc;

/// <summary>
/// The catalogue against messages that were seen: in the sources of the clients, in their tests, in providers' documentation, and on the
/// nodes that run here.
/// </summary>
public sealed class RpcErrorCatalogueTests
{
    // client | code | class | message
    private const string Table = """
        geth | -32000 | already_known | already known
        geth | -32000 | already_known | known transaction: 7f657507aee0511e36d2d1972a6b22e917cc89f92b6c12c4dbd57eaabb236960
        geth | -32000 | nonce_too_low | nonce too low: next nonce 5, tx nonce 4
        geth | -32000 | nonce_too_low | nonce too low: address 0x336394A3219e71D9d9bd18201d34E95C1Bb7122C, tx: 8089 state: 8090
        geth | -32000 | nonce_too_high | nonce too high: address 0x336394A3219e71D9d9bd18201d34E95C1Bb7122C, tx: 8089 state: 8088
        geth | -32000 | replacement_underpriced | replacement transaction underpriced
        geth | -32000 | replacement_underpriced | replacement transaction underpriced: new tx gas fee cap 1 <= 1 queued
        geth | -32000 | replacement_underpriced | future transaction tries to replace pending
        geth | -32000 | underpriced | transaction underpriced
        geth | -32000 | underpriced | transaction underpriced: tip needed 1000000000, tip permitted 1
        geth | -32000 | underpriced | transaction gas price below minimum: gas tip cap 25000000000 wei, minimum needed 26000000000 wei
        geth | -32000 | fee_cap_below_base_fee | max fee per gas less than block base fee: address 0xab, maxFeePerGas: 1, baseFee: 7
        geth | -32000 | fee_cap_exceeded | tx fee (1.10 ether) exceeds the configured cap (1.00 ether)
        geth | -32000 | insufficient_funds | insufficient funds for gas * price + value: balance 0, tx cost 9327080000000000, overshot
        geth | -32000 | insufficient_funds | insufficient funds for transfer
        geth | -32000 | insufficient_funds | insufficient balance for transfer
        geth | -32000 | insufficient_funds | transaction would cause overdraft
        geth | -32000 | intrinsic_gas | intrinsic gas too low: gas 20000, minimum needed 21000
        geth | -32000 | intrinsic_gas | insufficient gas for floor data gas cost: gas 30000, minimum needed 40000
        geth | -32000 | gas_limit | exceeds block gas limit
        geth | -32000 | gas_limit | gas required exceeds allowance (30000000)
        geth | -32000 | gas_limit | gas limit reached
        geth | -32000 | gas_over_the_per_transaction_cap | transaction gas limit too high (cap: 16777216, tx: 20000000)
        geth | -32000 | tx_type_unsupported | transaction type not supported
        geth | -32000 | tx_type_unsupported | transaction type not supported: tx type 3 not supported by this pool
        geth | -32000 | pool_full | txpool is full
        geth | -32000 | pool_full | account limit exceeded: pooled 16 txs
        geth | -32000 | delegated_in_flight_limit | in-flight transaction limit reached for delegated accounts
        geth | -32000 | delegated_in_flight_limit | gapped-nonce tx from delegated accounts
        geth | -32000 | account_reserved | address already reserved
        geth | -32000 | account_reserved | authority already reserved
        geth | -32000 | unknown | authority nonce too low
        geth | 3 | reverted | execution reverted: ERC20: transfer amount exceeds balance
        geth | 3 | reverted | execution reverted
        geth | -32000 | unavailable | missing trie node 8a2c (path ) state 0x8a2c is not available
        geth | -32000 | unavailable | header not found
        geth | -32000 | unavailable | historical state 8a2c is not available
        geth | -32002 | unavailable | request timed out
        geth | -32000 | unavailable | transaction indexing is in progress
        geth | 4444 | unavailable | pruned history unavailable
        geth | -32003 | range_too_large | response too large
        geth | -32601 | unknown | the method debug_nothing does not exist/is not available
        geth | -32000 | unknown | invalid sender
        geth | -32000 | malformed | oversized data: transaction size 138074, limit 131072
        geth | -32000 | malformed | invalid chain id for signer: have 1 want 31337
        geth | -32000 | malformed | only replay-protected (EIP-155) transactions allowed over RPC
        geth | -32000 | replacement_underpriced | future transaction tries to replace pending transaction
        erigon | -32000 | already_known | already known
        erigon | -32000 | already_known | existing txn with same hash
        erigon | -32000 | replacement_underpriced | could not replace existing tx
        erigon | -32000 | underpriced | underpriced
        erigon | -32000 | underpriced | fee too low
        erigon | -32000 | fee_cap_below_base_fee | fee cap less than block base fee: address 0xab, feeCap: 1 baseFee: 7
        erigon | -32000 | pool_full | pending sub-pool is full
        erigon | -32000 | pool_full | baseFee sub-pool is full
        erigon | -32000 | pool_full | queued sub-pool is full
        erigon | -32000 | pool_full | spammer
        erigon | -32000 | intrinsic_gas | IntrinsicGas
        erigon | -32000 | insufficient_funds | insufficient funds
        erigon | -32000 | tx_type_unsupported | fork supporting this transaction type is not activated yet
        erigon | -32000 | account_reserved | EIP-7702 transaction with authority already reserved
        erigon | -32000 | fee_cap_exceeded | tx fee (1.10 ether) exceeds the configured cap (1.00 ether)
        nethermind | -32010 | already_known | AlreadyKnown
        nethermind | -32010 | nonce_too_low | OldNonce, Current nonce: 22, nonce of rejected tx: 17
        nethermind | -32010 | nonce_too_low | call failed: OldNonce, Current nonce: 22, nonce of rejected tx: 17
        nethermind | -32010 | nonce_too_high | NonceGap, Future nonce. Expected nonce: 10
        nethermind | -32010 | nonce_too_high | NonceTooFarInFuture
        nethermind | -32010 | nonce_too_high | nonce too far in future
        nethermind | -32010 | replacement_underpriced | ReplacementNotAllowed
        nethermind | -32010 | fee_cap_below_base_fee | FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 50, BaseFee: 100,
        nethermind | -32010 | underpriced | FeeTooLow, EffectivePriorityFeePerGas too low 10 < 20, BaseFee: 30
        nethermind | -32010 | underpriced | FeeTooLowToCompete
        nethermind | -32010 | underpriced | transaction underpriced
        nethermind | -32010 | insufficient_funds | InsufficientFunds, Account balance: 4740799397601480913, cumulative cost:
        nethermind | -32010 | gas_limit | GasLimitExceeded, Gas limit: 100, gas limit of rejected tx: 150
        nethermind | -32010 | gas_limit | gas limit reached
        nethermind | -32010 | gas_over_the_per_transaction_cap | TxGasLimitCapExceeded: Gas limit 20000000 exceeded cap of 16777216.
        nethermind | -32010 | tx_type_unsupported | unsupported transaction type
        nethermind | -32010 | tx_type_unsupported | InvalidTxType: Transaction type in Byzantium is not supported.
        nethermind | -32010 | delegated_in_flight_limit | delegation nonce gap
        nethermind | -32010 | delegated_in_flight_limit | NotCurrentNonceForDelegation
        nethermind | -32010 | account_reserved | delegation authority has pending transaction
        nethermind | -32010 | account_reserved | pending transaction type conflict
        nethermind | -32010 | unavailable | node is syncing
        nethermind | -32015 | reverted | VM execution error.
        nethermind | -32002 | unavailable | No state available for block 0x10
        nethermind | -32010 | unknown | SenderIsContract
        besu | -32000 | already_known | Known transaction
        besu | -32001 | nonce_too_low | Nonce too low
        besu | -32001 | nonce_too_low | transaction nonce 4 below sender account nonce 5
        besu | -32006 | nonce_too_high | Nonce too high
        besu | -32000 | nonce_too_high | Transaction nonce is too distant from current sender nonce
        besu | -32000 | replacement_underpriced | Replacement transaction underpriced
        besu | -32009 | underpriced | Gas price below configured minimum gas price
        besu | -32009 | fee_cap_below_base_fee | Gas price below current base fee
        besu | -32000 | fee_cap_exceeded | Transaction fee cap exceeded
        besu | -32004 | insufficient_funds | Upfront cost exceeds account balance
        besu | -32003 | intrinsic_gas | Intrinsic gas exceeds gas limit
        besu | -32005 | gas_limit | Transaction gas limit exceeds block gas limit
        besu | -32005 | gas_over_the_per_transaction_cap | Transaction gas limit cap exceeded
        besu | -32602 | tx_type_unsupported | Invalid transaction type
        besu | -32005 | range_too_large | Requested range exceeds maximum RPC range limit
        besu | -32000 | unavailable | World state unavailable
        besu | -32008 | unavailable | Initial sync is still in progress
        besu | -32002 | unavailable | Transaction pool not enabled. (Either txpool explicitly disabled, or node not yet in sync).
        besu | -32603 | unavailable | Timeout expired
        besu | 3 | reverted | Execution reverted (ERC20: transfer amount exceeds balance)
        besu | -32000 | unknown | Wrong chainId
        reth | -32000 | already_known | already known
        reth | -32003 | nonce_too_low | nonce too low: next nonce 5, tx nonce 4
        reth | -32000 | replacement_underpriced | replacement transaction underpriced
        reth | -32603 | replacement_underpriced | [0xab]: insufficient gas price to replace existing transaction
        reth | -32000 | gas_over_the_per_transaction_cap | exceeds max transaction gas limit
        reth | -32000 | fee_cap_exceeded | tx fee (1100000000000000000 wei) exceeds the configured cap (1000000000000000000 wei)
        reth | -32003 | insufficient_funds | insufficient funds for gas * price + value: have 1 want 2
        reth | -32003 | gas_limit | intrinsic gas too high
        reth | -32003 | pool_full | txpool is full
        reth | -32000 | account_reserved | address already reserved
        reth | -32001 | unavailable | block not found: 0x186a0
        reth | -32000 | unavailable | execution aborted (timeout = 10s)
        reth | -32602 | range_too_large | query exceeds max block range 100000
        reth | -32602 | range_too_large | query exceeds max results 20000, retry with the range 1-2
        reth | -32008 | range_too_large | Response is too big
        reth | 3 | reverted | execution reverted: insufficient funds
        anvil | -32003 | already_known | transaction already imported
        anvil | -32003 | nonce_too_low | nonce too low
        anvil | -32003 | replacement_underpriced | replacement transaction underpriced
        anvil | -32003 | fee_cap_below_base_fee | max fee per gas less than block base fee
        anvil | -32003 | insufficient_funds | Insufficient funds for gas * price + value
        anvil | -32000 | intrinsic_gas | intrinsic gas too low
        anvil | -32000 | gas_limit | intrinsic gas too high -- tx.gas_limit > env.block.gas_limit
        anvil | -32000 | intrinsic_gas | intrinsic gas too high -- CallGasCostMoreThanGasLimit
        anvil | -32000 | gas_over_the_per_transaction_cap | Transaction gas limit is greater than the block gas limit, gas_limit: 40, cap:
        anvil | -32000 | gas_over_the_per_transaction_cap | intrinsic gas too high -- tx.gas_limit > env.cfg.tx_gas_limit_cap
        anvil | -32000 | gas_over_the_per_transaction_cap | transaction gas limit (40000000) is greater than the cap (16777216)
        anvil | -32602 | unavailable | BlockOutOfRangeError: block height is 3 but requested was 5
        anvil | -32001 | unavailable | Resource not found
        anvil | -32000 | unknown | unknown block
        anvil | -32602 | unknown | Failed to decode transaction
        anvil | 3 | reverted | execution reverted: custom error 0xe450d38c: 0000
        hardhat | -32000 | already_known | Known transaction: 0xabcdef
        hardhat | -32000 | nonce_too_low | Transaction nonce too low. Expected nonce to be at least 1 but got 0.
        hardhat | -32000 | replacement_underpriced | Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least
        hardhat | -32000 | replacement_underpriced | Replacement transaction underpriced. A gasPrice/maxPriorityFeePerGas of at least
        hardhat | -32000 | nonce_too_high | Nonce too high. Expected nonce to be 0 but got 5. Note that transactions can't be queued when
        hardhat | -32000 | insufficient_funds | Sender doesn't have enough funds to send tx. The max upfront cost is: 2 and the sender's
        hardhat | -32000 | gas_limit | Transaction gas limit is 40000000 and exceeds block gas limit of 30000000
        hardhat | -32000 | gas_over_the_per_transaction_cap | Transaction gas limit is 30000000 and exceeds transaction gas cap of 16777216
        hardhat | -32000 | intrinsic_gas | Transaction requires at least 21000 gas but got 20000
        hardhat | -32000 | fee_cap_below_base_fee | Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas
        hardhat | -32603 | reverted | Error: VM Exception while processing transaction: reverted with reason string 'nonce too low'
        hardhat | -32603 | reverted | Transaction reverted without a reason string
        openethereum | -32010 | nonce_too_low | Transaction nonce is too low. Try incrementing the nonce.
        openethereum | -32010 | already_known | Transaction with the same hash was already imported.
        openethereum | -32010 | replacement_underpriced | Transaction gas price 1 is too low. There is another transaction with same nonce
        openethereum | -32010 | pool_full | There are too many transactions in the queue. Your transaction was dropped due to limit. Try
        openethereum | -32010 | underpriced | Transaction gas price is too low. It does not satisfy your node's minimal gas price
        alchemy | 429 | rate_limited | Your app has exceeded its compute units per second capacity.
        alchemy | -32602 | range_too_large | Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range
        alchemy | -32600 | range_too_large | Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range
        infura | -32005 | rate_limited | daily request count exceeded, request rate limited
        infura | -32005 | rate_limited | project ID request rate exceeded
        infura | 402 | rate_limited | Payment Required
        infura | -32005 | range_too_large | query returned more than 10000 results. Try with this block range [0xCB3D, 0x7B737].
        infura | -32602 | range_too_large | range 1000000 exceeds limit of 10000
        quicknode | -32614 | range_too_large | eth_getLogs is limited to a 10,000 range
        quicknode | -32007 | rate_limited | 50/second request limit reached - reduce calls per second or upgrade your account at
        drpc | -32602 | range_too_large | query block range exceeds server limit, narrow your filter: 1000
        drpc | 35 | range_too_large | ranges over 10000 blocks are not supported on freetier
        drpc | -32000 | range_too_large | requested too many blocks from 0 to 16777216, maximum is set to 2048
        ankr | -32600 | range_too_large | block range is too wide
        publicnode | -32701 | range_too_large | exceed maximum block range: 50000
        chainstack | -32600 | range_too_large | Block range limit exceeded. See more details at the documentation
        cloudflare | -32047 | range_too_large | Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800
        simplyvc | -32000 | range_too_large | too wide blocks range, the limit is 100
        base | -32011 | unavailable | no backend is currently healthy to serve traffic
        arbitrum | -32000 | nonce_too_low | transaction rejected: nonce too low
        any | -32602 | unknown | invalid block range params
        any | -32500 | unknown | unrelated error code
        any | -32603 | unknown | internal error
        anvil | -32000 | tx_type_unsupported | Unknown transaction type not supported
        any | -32000 | unknown | Unknown transaction type: 9
        any | -32000 | unknown | the transaction is no known transaction
        any | -32000 | unknown | nonce too lowish
        any | -32000 | unknown | irreverted state
        """;

    /// <summary>Each line of the table.</summary>
    public static TheoryData<string, int, string, string> Messages()
    {
        var data = new TheoryData<string, int, string, string>();
        foreach (string line in Table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] cells = line.Split(" | ", 4);
            data.Add(cells[0].Trim(), int.Parse(cells[1], CultureInfo.InvariantCulture), cells[2], cells[3]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_has_its_class_whether_or_not_the_client_is_known(string client, int code, string expected, string message)
    {
        Assert.Equal(expected, RpcErrorClassifier.Classify(code, message, []).ClassName);
        Assert.Equal(expected, RpcErrorClassifier.Classify(client, code, message, []).ClassName);
        Assert.Equal(expected, RpcErrorClassifier.Classify(client, code, message.ToUpperInvariant(), []).ClassName);
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Revert_that_quotes_the_message_is_a_revert(string client, int code, string expected, string message)
    {
        _ = expected;
        string[] quotes =
        [
            $"execution reverted: {message}",
            $"Execution reverted ({message})",
            $"call failed: execution reverted: {message}",
            $"gas estimation failed: execution reverted: {message}",
            $"VM Exception while processing transaction: reverted with reason string '{message}'",
            $"Error: VM Exception while processing transaction: reverted with reason string '{message}'",
            $"eth_call failed: revert: {message}",
            $"EVM error: Revert {message}",
            $"call reverted: {message}",
            $"UserOperation reverted during simulation with reason: {message}",
        ];
        Assert.All(quotes, quote => Assert.Equal(RpcErrorClass.Reverted, RpcErrorClassifier.Classify(client, code, quote, []).Class));
    }

    [Fact]
    public void Table_is_of_every_client_and_class()
    {
        string[][] rows = [.. Messages().Select(row => (string[])[row.Data.Item1, row.Data.Item3])];
        Assert.True(rows.Length >= 80);
        Assert.Subset(
            rows.Select(row => row[0]).ToHashSet(),
            new HashSet<string> { "geth", "erigon", "nethermind", "besu", "reth", "anvil", "hardhat", "alchemy", "infura", "quicknode" });
        Assert.Equal(
            Enum.GetValues<RpcErrorClass>().Select(RpcErrorClassifier.NameOf).Order(StringComparer.Ordinal),
            rows.Select(row => row[1]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Rows_of_the_named_client_are_tried_first()
    {
        RpcErrorClassification plain = RpcErrorClassifier.Classify(-32000, "insufficient gas price to replace existing transaction", []);
        Assert.Equal("reth_replacement", plain.Rule);
        const string Words = "fields received but not supported by the current hardfork";
        RpcErrorClassification anvil = RpcErrorClassifier.Classify("anvil", -32000, Words, []);
        RpcErrorClassification hardhat = RpcErrorClassifier.Classify("hardhat", -32000, Words, []);
        Assert.Equal(("anvil_hardfork", "hardhat_type"), (anvil.Rule, hardhat.Rule));
        Assert.Equal("anvil_hardfork", RpcErrorClassifier.Classify("nobody", -32000, Words, []).Rule);
    }

    [Theory]
    [InlineData("Anvil/v1.3.5", "anvil_hardfork")]
    [InlineData("HARDHAT/3", "hardhat_type")]
    [InlineData("hardhat", "hardhat_type")]
    public void Client_may_be_named_with_its_version(string client, string rule) => Assert.Equal(
        rule, RpcErrorClassifier.Classify(client, -32000, "fields received but not supported by the current hardfork", []).Rule);

    [Fact]
    public void Words_of_each_row_have_its_class()
    {
        IEnumerable<RpcErrorRule> rows = RpcErrorCatalogue.Reverts.Concat(RpcErrorCatalogue.Rules);
        Assert.All(rows, row =>
        {
            string words = row.Pattern.Trim('^', '$').TrimEnd('*').Replace(" * ", " 7 ", StringComparison.Ordinal)
                .Replace("*", "7", StringComparison.Ordinal);
            Assert.Equal(row.Class, RpcErrorClassifier.Classify(row.Code ?? 0, words, []).Class);
        });
    }

    [Fact]
    public void Every_row_has_its_own_name_and_says_who_says_it()
    {
        IEnumerable<RpcErrorRule> rows = RpcErrorCatalogue.Reverts.Concat(RpcErrorCatalogue.Rules);
        Assert.Distinct(rows.Select(row => row.Name), StringComparer.Ordinal);
        Assert.All(rows, row => Assert.NotEmpty(row.Clients));
        Assert.All(RpcErrorCatalogue.Rules, row => Assert.NotEqual(RpcErrorClass.Reverted, row.Class));
        Assert.Equal(
            Enum.GetValues<RpcErrorClass>().Order(),
            rows.Select(row => row.Class).Distinct().Order());
    }

    [Theory]
    [InlineData("0x08c379a0")]
    [InlineData("0x4e487b71")]
    public void Data_of_a_revert_outweighs_the_words(string data) => Assert.Equal(
        new RpcErrorClassification(RpcErrorClass.Reverted, "revert_data"),
        RpcErrorClassifier.Classify("geth", -32603, "already known", Hex.Decode(data)));
}
