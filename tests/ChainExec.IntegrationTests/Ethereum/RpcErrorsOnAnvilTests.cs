using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using Xunit;

namespace ChainExec.IntegrationTests.Ethereum;

/// <summary>Each refusal that anvil can be brought to, and what the catalogue makes of its words.</summary>
public sealed class RpcErrorsOnAnvilTests(RpcErrorsOnAnvilTests.SharedNode shared)
    : RpcErrorTests, IAsyncLifetime, IClassFixture<RpcErrorsOnAnvilTests.SharedNode>
{
    public async ValueTask InitializeAsync() => _rpc = await ConnectAsync(shared.Node, "anvil");

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Transaction_in_the_pool_is_already_known()
    {
        byte[] raw = Sign(nonce: 0);
        await _rpc.SendRawTransactionAsync(raw, Token);
        await RefusedAsync(raw, RpcErrorClass.AlreadyKnown, "anvil_already_imported");
    }

    [Fact]
    public async Task Replacement_at_the_same_price_is_underpriced()
    {
        await _rpc.SendRawTransactionAsync(Sign(nonce: 0), Token);
        await RefusedAsync(Sign(nonce: 0, value: 2), RpcErrorClass.ReplacementUnderpriced, "geth_replacement");
    }

    [Fact]
    public async Task Mined_nonce_is_too_low()
    {
        byte[] raw = Sign(nonce: 0);
        await _rpc.SendRawTransactionAsync(raw, Token);
        await shared.Node.MineAsync(1, Token);
        await RefusedAsync(raw, RpcErrorClass.NonceTooLow, "geth_nonce_too_low");
        await RefusedAsync(Sign(nonce: 0, value: 2), RpcErrorClass.NonceTooLow, "geth_nonce_too_low");
    }

    [Fact]
    public async Task Fee_cap_below_the_base_fee_is_named_so() =>
        await RefusedAsync(Sign(nonce: 0, feeCap: 1), RpcErrorClass.FeeCapBelowBaseFee, "geth_fee_below_base");

    [Fact]
    public async Task Value_above_the_balance_is_insufficient_funds() =>
        await RefusedAsync(Sign(nonce: 0, value: Ether * 2), RpcErrorClass.InsufficientFunds, "geth_insufficient_funds");

    [Fact]
    public async Task Gas_below_the_cost_before_running_is_intrinsic() =>
        await RefusedAsync(Sign(nonce: 0, gas: 20_999), RpcErrorClass.IntrinsicGas, "geth_intrinsic");

    [Fact]
    public async Task Gas_above_that_of_the_block_is_the_gas_limit() =>
        await RefusedAsync(Sign(nonce: 0, gas: 40_000_000, feeCap: Gwei), RpcErrorClass.GasLimit, "anvil_gas_limit");

    [Fact]
    public async Task Gas_above_the_cap_of_one_transaction_is_named_so() =>
        await RefusedAsync(
            Sign(nonce: 0, gas: 16_777_217, feeCap: Gwei), RpcErrorClass.GasOverThePerTransactionCap, "anvil_tx_gas_limit_cap");

    [Fact]
    public async Task Type_beyond_the_hardfork_is_unsupported()
    {
        await using AnvilNode berlin = await AnvilNode.StartAsync(
            new AnvilOptions { ExtraArguments = ["--hardfork", "berlin"] }, Token);
        _rpc = await ConnectAsync(berlin, "anvil");
        await RefusedAsync(Sign(nonce: 0), RpcErrorClass.TxTypeUnsupported, "anvil_hardfork");
    }

    [Fact]
    public async Task Revert_is_told_by_its_data_and_its_words()
    {
        // PUSH 32 bytes of "Error(string)", REVERT: the contract says "nonce too low".
        string reason = "08c379a0" + new string('0', 62) + "20" + new string('0', 62) + "0d"
            + Convert.ToHexStringLower("nonce too low"u8) + new string('0', 38);
        string code = "60" + (reason.Length / 2).ToString("x2", null) + "600c60003960" + (reason.Length / 2).ToString("x2", null) + "6000fd"
            + reason;
        var creation = new CallRequest { From = _key.Address, Data = Hex.Decode("0x" + code) };
        RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(() => _rpc.CallAsync(creation, BlockTag.Latest, Token));
        Assert.Equal(new RpcErrorClassification(RpcErrorClass.Reverted, "revert_data"), error.Classification);
        Assert.Contains("nonce too low", error.NodeMessage, StringComparison.Ordinal);
        Assert.Equal(RpcErrorClass.Reverted, RpcErrorClassifier.Classify("anvil", -32000, error.NodeMessage, []).Class);
    }

    [Fact]
    public async Task Range_beyond_the_head_is_unavailable()
    {
        RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(
            () => _rpc.GetLogsAsync(new RpcLogFilter { From = 1_000_000, To = 1_000_001 }, Token));
        Assert.Equal(new RpcErrorClassification(RpcErrorClass.Unavailable, "anvil_out_of_range"), error.Classification);
    }

    [Fact]
    public async Task Words_that_no_row_has_are_unknown_and_counted()
    {
        await RefusedAsync([2], RpcErrorClass.Unknown, RpcErrorClassification.NoRule);
        Assert.Equal(1, _rpc.UnmatchedErrors);
    }

    /// <summary>One node for all of the tests: each has an account of its own.</summary>
    public sealed class SharedNode : IAsyncLifetime
    {
        public AnvilNode Node { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Node = await AnvilNode.StartAsync(
            new AnvilOptions { ExtraArguments = ["--enable-tx-gas-limit"] }, Token);

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }
}
