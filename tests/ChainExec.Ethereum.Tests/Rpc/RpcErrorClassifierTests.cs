using ChainExec.Ethereum.Rpc;

namespace ChainExec.Ethereum.Tests.Rpc;

public sealed class RpcErrorClassifierTests
{
    [Theory]
    [InlineData(-32000, "already known", "already_known")]
    [InlineData(-32003, "transaction already imported", "already_known")]
    [InlineData(-32000, "Known transaction: 0xabc", "already_known")]
    [InlineData(-32010, "AlreadyKnown", "already_known")]
    [InlineData(-32000, "nonce too low: next nonce 5, tx nonce 4", "nonce_too_low")]
    [InlineData(-32000, "Transaction nonce too low. Expected nonce to be at least 1 but got 0.", "nonce_too_low")]
    [InlineData(-32000, "OldNonce, Current nonce: 5, nonce of rejected tx: 4", "nonce_too_low")]
    [InlineData(-32000, "nonce too high: address 0xabc, tx: 9 state: 1", "nonce_too_high")]
    [InlineData(-32000, "replacement transaction underpriced", "replacement_underpriced")]
    [InlineData(
        -32000,
        "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 110000000000 is necessary",
        "replacement_underpriced")]
    [InlineData(-32000, "transaction underpriced: tip needed 1, tip permitted 0", "underpriced")]
    [InlineData(-32003, "max fee per gas less than block base fee", "fee_cap_below_base_fee")]
    [InlineData(-32000, "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)", "fee_cap_exceeded")]
    [InlineData(-32003, "Insufficient funds for gas * price + value", "insufficient_funds")]
    [InlineData(-32000, "Sender doesn't have enough funds to send tx. The max upfront cost is: 1", "insufficient_funds")]
    [InlineData(-32000, "intrinsic gas too low", "intrinsic_gas")]
    [InlineData(-32000, "intrinsic gas too high -- tx.gas_limit > env.block.gas_limit", "gas_limit")]
    [InlineData(-32000, "exceeds block gas limit", "gas_limit")]
    [InlineData(-32000, "transaction gas limit too high (cap: 16777216, tx: 20000000)", "gas_over_transaction_cap")]
    [InlineData(-32000, "transaction type not supported", "tx_type_unsupported")]
    [InlineData(-32000, "txpool is full", "pool_full")]
    [InlineData(-32000, "in-flight transaction limit reached for delegated accounts", "delegated_in_flight_limit")]
    [InlineData(-32000, "address already reserved", "account_reserved")]
    [InlineData(-32005, "query returned more than 10000 results", "range_too_large")]
    [InlineData(-32602, "query exceeds max block range 100000", "range_too_large")]
    [InlineData(-32600, "You can make eth_getLogs requests with up to a 500 block range", "range_too_large")]
    [InlineData(-32602, "invalid block range params", "unknown")]
    [InlineData(-32005, "limit exceeded", "rate_limited")]
    [InlineData(429, "whatever", "rate_limited")]
    [InlineData(-32000, "missing trie node abc", "unavailable")]
    [InlineData(3, "execution reverted: custom error 0xe450d38c", "reverted")]
    [InlineData(-32000, "VM Exception while processing transaction: reverted with reason string 'no'", "reverted")]
    [InlineData(-32601, "the method eth_nonsense does not exist/is not available", "unknown")]
    [InlineData(-32603, "internal error", "unknown")]
    [InlineData(null, "", "unknown")]
    public void Words_of_the_clients_have_their_class(int? code, string message, string expected) =>
        Assert.Equal(expected, RpcErrorClassifier.Classify(code, message, []).ClassName);

    [Theory]
    [InlineData("execution reverted: nonce too low")]
    [InlineData("VM Exception while processing transaction: reverted with reason string 'already known'")]
    public void Revert_string_that_quotes_another_error_is_a_revert(string message) =>
        Assert.Equal(RpcErrorClass.Reverted, RpcErrorClassifier.Classify(-32000, message, []).Class);

    [Fact]
    public void Revert_data_outweighs_the_words() => Assert.Equal(
        new RpcErrorClassification(RpcErrorClass.Reverted, "revert_data"),
        RpcErrorClassifier.Classify(-32603, "already known", [0x4e, 0x48, 0x7b, 0x71]));

    [Fact]
    public void Names_of_the_rules_are_unique() =>
        Assert.Distinct(RpcErrorCatalogue.Rules.Select(rule => rule.Name), StringComparer.Ordinal);

    [Fact]
    public void Every_class_but_unknown_has_a_rule() => Assert.Equal(
        Enum.GetValues<RpcErrorClass>().Except([RpcErrorClass.Unknown]).Order(),
        RpcErrorCatalogue.Rules.Select(rule => rule.Class).Distinct().Order());
}
