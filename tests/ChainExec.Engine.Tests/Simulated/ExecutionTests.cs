using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Rpc;
using ChainExec.Ethereum.Transactions;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.Engine.Tests.Simulated;

/// <summary>What transactions do on the simulated chain, seen by the product's own client.</summary>
public sealed class ExecutionTests : IDisposable
{
    private static readonly Address Shop = SimulationHarness.Shop;
    private readonly SimulationHarness _sim = new();

    private static CancellationToken Token => SimulationHarness.Token;

    public void Dispose() => _sim.Dispose();

    [Fact]
    public async Task Sent_native_transfer_is_mined_and_read_back_in_every_form()
    {
        SimulatedTransaction sent = _sim.Alice.Sign(new TransactionDraft { To = Shop, Value = 400, GasLimit = 21_000 });
        Assert.Equal(sent.Hash, await _sim.SendAsync(sent));
        Assert.Null((await _sim.Client.GetTransactionAsync(sent.Hash, Token))!.BlockHash);
        Assert.Null(await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token));
        Assert.Equal(1UL, await _sim.Client.GetTransactionCountAsync(_sim.Alice.Address, BlockTag.Pending, Token));
        Assert.Equal(0UL, await _sim.Client.GetTransactionCountAsync(_sim.Alice.Address, BlockTag.Latest, Token));

        SimulatedBlock block = _sim.Chain.Mine();

        RpcReceipt receipt = (await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token))!;
        RpcBlock read = (await _sim.Client.GetBlockAsync(block.Hash, fullTransactions: true, Token))!;
        Assert.True(receipt.Status);
        Assert.Equal(21_000UL, receipt.GasUsed);
        Assert.Equal(read.BaseFeePerGas!.Value + Wei.Gwei(1), receipt.EffectiveGasPrice);
        Assert.Equal(sent.Hash, Assert.Single(read.Transactions!).Hash);
        Assert.Equal((UInt256)400, await _sim.Client.GetBalanceAsync(Shop, BlockTag.Latest, Token));
        Assert.Equal(UInt256.Zero, await _sim.Client.GetBalanceAsync(Shop, 0, Token));
        Assert.Equal(
            Wei.Ether(10) - 400 - receipt.EffectiveGasPrice * receipt.GasUsed,
            await _sim.Client.GetBalanceAsync(_sim.Alice.Address, block.Hash, Token));
        Assert.Equal(
            new SimulatedTransfer(sent.Hash, block.Hash, 1, null, _sim.Alice.Address, Shop, 400),
            Assert.Single(_sim.Chain.CanonicalTransfers));
    }

    [Fact]
    public async Task Token_transfer_has_the_log_and_the_movement_of_the_standard()
    {
        SimulatedToken token = TokenOf(1_000);
        SimulatedTransaction sent = _sim.Alice.PayToken(token.Address, Shop, 300);
        await _sim.SendAsync(sent);
        SimulatedBlock block = _sim.Chain.Mine();

        RpcReceipt receipt = (await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token))!;
        RpcLog log = Assert.Single(receipt.Logs);
        var transferred = AbiEvent.Parse("event Transfer(address indexed from, address indexed to, uint256 value)");
        Assert.Equal([_sim.Alice.Address, Shop, (UInt256)300], transferred.Decode(log.Topics, log.Data.Span));
        Assert.Equal((UInt256)300, token.BalanceOf(Shop));
        Assert.Equal((token.Address, (UInt256)300), Movement());
        Assert.Equal(log, Assert.Single(await _sim.Client.GetLogsAsync(LogsOf(block, token), Token)), SameLog);
    }

    [Fact]
    public async Task Estimated_gas_is_enough_and_one_less_is_not()
    {
        SimulatedToken token = TokenOf(1_000);
        var request = new CallRequest
        {
            From = _sim.Alice.Address, To = token.Address, Data = SimulatedToken.TransferData(Shop, 5),
        };
        ulong gas = await _sim.Client.EstimateGasAsync(request, BlockTag.Latest, Token);

        SimulatedTransaction enough = Transfer(token, gas, nonce: 0);
        SimulatedReceipt first = _sim.Chain.MineWith(enough).Receipts[0];
        SimulatedTransaction tooLittle = Transfer(token, gas - 20_000, nonce: 1);
        SimulatedReceipt second = _sim.Chain.MineWith(tooLittle).Receipts[0];

        Assert.True(first.Succeeded);
        Assert.Equal(gas, first.GasUsed);
        Assert.False(second.Succeeded);
        Assert.Equal(gas - 20_000, second.GasUsed);
        Assert.Equal((UInt256)5, token.BalanceOf(Shop));
    }

    [Theory]
    [InlineData(TokenBehaviour.ReturnsFalse, 0, 0)]
    [InlineData(TokenBehaviour.ReturnsNothing, 100, 1)]
    [InlineData(TokenBehaviour.TakesFee, 98, 2)]
    [InlineData(TokenBehaviour.OnlyLogs, 0, 1)]
    public async Task Odd_token_succeeds_and_moves_what_it_likes(TokenBehaviour behaviour, int received, int logs)
    {
        SimulatedToken token = TokenOf(1_000);
        (token.Behaviour, token.FeeBasisPoints) = (behaviour, 200);
        SimulatedTransaction sent = _sim.Alice.PayToken(token.Address, Shop, 100);
        await _sim.SendAsync(sent);
        _sim.Chain.Mine();

        RpcReceipt receipt = (await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token))!;
        Assert.True(receipt.Status);
        Assert.Equal(logs, receipt.Logs.Count);
        Assert.Equal((UInt256)(ulong)received, token.BalanceOf(Shop));
        Assert.Equal(
            (UInt256)(ulong)received,
            _sim.Chain.CanonicalTransfers.Where(move => move.To == Shop).Aggregate(UInt256.Zero, (sum, move) => sum + move.Amount));
    }

    [Fact]
    public async Task Refusing_token_reverts_with_its_reason_and_the_gas_is_paid()
    {
        SimulatedToken token = TokenOf(1_000);
        token.Paused = true;
        RpcErrorException paused = await RefusedCallAsync(token);
        token.Paused = false;
        token.SetBlocked(Shop, true);
        RpcErrorException blocked = await RefusedCallAsync(token);
        SimulatedTransaction sent = _sim.Alice.PayToken(token.Address, Shop, 5);
        await _sim.SendAsync(sent);
        _sim.Chain.Mine();

        Assert.Equal(RpcErrorClass.Reverted, paused.Classification.Class);
        Assert.Equal("execution reverted: Pausable: paused", paused.NodeMessage);
        Assert.Equal(
            Shop, AbiError.Parse("error AccountBlocked(address account)").Decode(blocked.ErrorData.Span)[0]);
        RpcReceipt receipt = (await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token))!;
        Assert.False(receipt.Status);
        Assert.Empty(receipt.Logs);
        Assert.Equal(Wei.Ether(10) - receipt.EffectiveGasPrice * receipt.GasUsed, _sim.Chain.Account(_sim.Alice.Address).Balance);
        Assert.Equal(1UL, _sim.Chain.Account(_sim.Alice.Address).Nonce);
        Assert.Empty(_sim.Chain.CanonicalTransfers);
    }

    [Fact]
    public async Task Allowance_is_spent_once()
    {
        SimulatedToken token = TokenOf(1_000);
        var approve = AbiFunction.Parse("function approve(address spender, uint256 amount)");
        var transferFrom = AbiFunction.Parse("function transferFrom(address from, address to, uint256 amount)");
        _sim.Chain.MineWith(_sim.Alice.Sign(new TransactionDraft
        {
            To = token.Address, Data = approve.EncodeCall(_sim.Bob.Address, (UInt256)60),
        }));
        TransactionDraft take = new() { To = token.Address, Data = transferFrom.EncodeCall(_sim.Alice.Address, Shop, (UInt256)60) };

        Assert.True(_sim.Chain.MineWith(_sim.Bob.Sign(take)).Receipts[0].Succeeded);
        Assert.False(_sim.Chain.MineWith(_sim.Bob.Sign(take)).Receipts[0].Succeeded);
        Assert.Equal((UInt256)60, token.BalanceOf(Shop));
        RpcErrorException refusal = await Assert.ThrowsAsync<RpcErrorException>(() => _sim.Client.CallAsync(
            new CallRequest { From = _sim.Bob.Address, To = token.Address, Data = take.Data }, BlockTag.Latest, Token));
        Assert.StartsWith("0xfb8f41b2", Hex.Encode(refusal.ErrorData.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_data_to_an_account_without_code_succeeds()
    {
        SimulatedTransaction sent = _sim.Alice.PayToken(Shop, _sim.Bob.Address, 5);
        await _sim.SendAsync(sent);
        _sim.Chain.Mine();

        Assert.True((await _sim.Client.GetTransactionReceiptAsync(sent.Hash, Token))!.Status);
        Assert.Empty(await _sim.Client.CallAsync(
            new CallRequest { To = Shop, Data = SimulatedToken.TransferData(Shop, 1) }, BlockTag.Latest, Token));
        Assert.Empty(await _sim.Client.GetCodeAsync(Shop, BlockTag.Latest, Token));
    }

    [Fact]
    public void Contract_of_a_test_runs_with_storage_that_reverts_with_it()
    {
        Address counter = _sim.Chain.Deploy(new Counter());
        SimulatedTransaction Count(byte argument) => _sim.Alice.Sign(new TransactionDraft { To = counter, Data = new[] { argument } });

        SimulatedReceipt counted = _sim.Chain.MineWith(Count(1)).Receipts[0];
        SimulatedReceipt refused = _sim.Chain.MineWith(Count(0)).Receipts[0];
        SimulatedReceipt again = _sim.Chain.MineWith(Count(1)).Receipts[0];

        Assert.Equal([true, false, true], new[] { counted, refused, again }.Select(receipt => receipt.Succeeded));
        Assert.Equal(2, again.Output.Span[^1]);
    }

    [Fact]
    public async Task Authorization_consumes_a_nonce_without_a_transaction()
    {
        Address target = Address.Parse("0x00000000000000000000000000000000000de1e6");
        SimulatedTransaction ours = _sim.Pay(_sim.Alice, nonce: 0);
        await _sim.SendAsync(ours);
        _sim.Chain.ConsumeNonce(_sim.Alice.Address, target);
        SimulatedBlock block = _sim.Chain.Mine();

        Assert.Equal(1UL, await _sim.Client.GetTransactionCountAsync(_sim.Alice.Address, BlockTag.Latest, Token));
        RpcBlock read = (await _sim.Client.GetBlockAsync(block.Hash, fullTransactions: true, Token))!;
        Assert.DoesNotContain(read.Transactions!, transaction => transaction.From == _sim.Alice.Address);
        Assert.Equal(4, Assert.Single(read.Transactions!).Type);
        Assert.Equal(target, _sim.Chain.Account(_sim.Alice.Address).DelegatedTo);
        Assert.Equal(23, (await _sim.Client.GetCodeAsync(_sim.Alice.Address, BlockTag.Latest, Token)).Length);
        Assert.Equal(RpcErrorClass.NonceTooLow, await _sim.RefusalAsync(ours));
    }

    [Fact]
    public async Task Transactions_of_every_type_but_blobs_are_mined()
    {
        Address target = Address.Parse("0x00000000000000000000000000000000000de1e6");
        UInt256 price = Wei.Gwei(5);
        Transaction[] transactions =
        [
            new LegacyTransaction(31337, 0, price, 21_000, Shop, 1, default),
            new Eip2930Transaction(31337, 1, price, 40_000, Shop, 1, default, [new AccessListEntry(Shop, [Hash32.Zero])]),
            new Eip1559Transaction(31337, 2, 1, price, 21_000, Shop, 1, default, []),
            new Eip7702Transaction(31337, 3, 1, price, 200_000, Shop, 1, default, [],
                [_sim.Bob.Authorize(target), _sim.Alice.Authorize(target, nonce: 4), _sim.Chain.Faucet.Authorize(target, nonce: 9)]),
        ];
        foreach (Transaction transaction in transactions)
            await _sim.SendAsync(_sim.Alice.Sign(transaction));

        SimulatedBlock block = _sim.Chain.Mine();
        RpcBlock read = (await _sim.Client.GetBlockAsync(block.Hash, fullTransactions: true, Token))!;

        Assert.Equal([0, 1, 2, 4], read.Transactions!.Select(transaction => transaction.Type));
        Assert.Equal([21_000UL, 25_300UL, 21_000UL, 96_000UL], block.Receipts.Select(receipt => receipt.GasUsed));
        Assert.Equal((5UL, target), (_sim.Chain.Account(_sim.Alice.Address).Nonce, _sim.Chain.Account(_sim.Alice.Address).DelegatedTo));
        Assert.Equal((1UL, target), (_sim.Chain.Account(_sim.Bob.Address).Nonce, _sim.Chain.Account(_sim.Bob.Address).DelegatedTo));
        Assert.Equal(0UL, _sim.Chain.Account(_sim.Chain.Faucet.Address).Nonce);
        Assert.Equal(4, _sim.Chain.CanonicalTransfers.Count);
    }

    private static bool SameLog(RpcLog left, RpcLog right) =>
        left.Address == right.Address && left.LogIndex == right.LogIndex && left.TransactionHash == right.TransactionHash
        && left.BlockHash == right.BlockHash && left.Topics.SequenceEqual(right.Topics);

    private static RpcLogFilter LogsOf(SimulatedBlock block, SimulatedToken token) =>
        new() { BlockHash = block.Hash, Addresses = [token.Address] };

    private (Address? Token, UInt256 Amount) Movement()
    {
        SimulatedTransfer move = Assert.Single(_sim.Chain.CanonicalTransfers);
        return (move.Token, move.Amount);
    }

    private SimulatedToken TokenOf(ulong amount)
    {
        SimulatedToken token = _sim.Chain.DeployToken("USD", 6);
        token.Mint(_sim.Alice.Address, amount);
        return token;
    }

    private SimulatedTransaction Transfer(SimulatedToken token, ulong gas, ulong nonce) => _sim.Alice.Sign(new TransactionDraft
    {
        To = token.Address, Data = SimulatedToken.TransferData(Shop, 5), GasLimit = gas, Nonce = nonce,
    });

    private Task<RpcErrorException> RefusedCallAsync(SimulatedToken token) =>
        Assert.ThrowsAsync<RpcErrorException>(() => _sim.Client.CallAsync(
            new CallRequest { From = _sim.Alice.Address, To = token.Address, Data = SimulatedToken.TransferData(Shop, 5) },
            BlockTag.Latest,
            Token));

    /// <summary>Counts its calls and refuses those whose first byte is zero, after it has counted them.</summary>
    private sealed class Counter : SimulatedContract
    {
        public override ReadOnlyMemory<byte> Execute(ContractCall frame)
        {
            frame[0] += UInt256.One;
            return frame.Data.Span[0] == 0
                ? throw ContractCall.Revert("zero")
                : frame[0].MinimalBigEndian();
        }
    }
}
