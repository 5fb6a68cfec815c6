using System.Globalization;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Rpc;
using ChainExec.TestKit;
using ChainExec.TestKit.Simulated;
using Xunit;

namespace ChainExec.IntegrationTests.Simulated;

/// <summary>
/// One script on the simulated chain and on anvil, where their rules agree: what is observed must be equal, line by line.
/// </summary>
public sealed class SimulatedChainOnAnvilTests
{
    private const ulong TokenFunds = 1_000;
    private static readonly Address Shop = Address.Parse("0x00000000000000000000000000000000000005b0");
    private static readonly AbiFunction Approve = AbiFunction.Parse("function approve(address spender, uint256 amount)");
    private static readonly AbiFunction TransferFrom =
        AbiFunction.Parse("function transferFrom(address from, address to, uint256 amount)");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Script_is_observed_alike_on_the_simulated_chain_and_on_anvil()
    {
        byte[] secret = Keccak256.Hash("one key for both chains"u8).ToArray();
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        await using AnvilNode anvil = await AnvilNode.StartAsync(new AnvilOptions(), Token);
        using var simulated = new SimulatedChain(new ManualClock());
        using HttpMessageInvoker handler = new(simulated.CreateHandler());
        ProviderView view = simulated.AddView("alpha");
        Wallet wallet = simulated.AddWallet(PrivateKey.FromBytes(secret));

        TestTokens tokens = await anvil.DeployTokensAsync(Token);
        await anvil.FundAsync(wallet.Address.ToString(), 1_000_000_000_000_000_000, Token);
        await anvil.MintAsync(tokens.Tusd, wallet.Address.ToString(), TokenFunds, Token);
        SimulatedToken token = simulated.DeployToken("TUSD", 6);
        simulated.Fund(wallet.Address, Wei.Ether(1));
        token.Mint(wallet.Address, TokenFunds);

        var onAnvil = new Script(
            new RpcClient("anvil", anvil.HttpUri, http, new RpcClientOptions(), TimeProvider.System),
            wallet, Address.Parse(tokens.Tusd), () => anvil.MineAsync(1, Token),
            () => anvil.SendFromDevAsync(0, tokens.Tusd, 0, TokenCalls.BlockAccount(Shop.ToString()), Token),
            () => anvil.SendFromDevAsync(0, tokens.Tusd, 0, TokenCalls.Pause(), Token));
        var onSimulation = new Script(
            new RpcClient("alpha", view.Uri, handler, new RpcClientOptions(), TimeProvider.System),
            wallet, token.Address, () => Task.FromResult(simulated.Mine()),
            () => Task.Run(() => token.SetBlocked(Shop, true), Token), () => Task.Run(() => token.Paused = true, Token));

        Assert.Equal(await onAnvil.RunAsync(), await onSimulation.RunAsync());
    }

    private sealed class Script(
        RpcClient client, Wallet wallet, Address token, Func<Task> mine, Func<Task> block, Func<Task> pause)
    {
        private readonly List<string> _seen = [];
        private ulong _nonce;

        public async Task<IReadOnlyList<string>> RunAsync()
        {
            await NativeTransfersAsync();
            await RefusalsAsync();
            await TokenAsync();
            await BaseFeesAsync();
            return _seen;
        }

        private async Task NativeTransfersAsync()
        {
            await MinedAsync("payment", new TransactionDraft { To = Shop, Value = 400, GasLimit = 21_000 });
            await MinedAsync("call data to an account", new TransactionDraft { To = Shop, Data = new byte[] { 1, 0, 2, 0, 0, 3 } });
            byte[] much = [.. Enumerable.Repeat((byte)7, 900)];
            await MinedAsync("much data to an account", new TransactionDraft { To = Shop, Data = much });
            await MinedAsync("payment to itself", new TransactionDraft { To = wallet.Address, Value = 5, GasLimit = 30_000 });
            See("shop has", await client.GetBalanceAsync(Shop, BlockTag.Latest, Token));
            var call = new CallRequest { To = Shop, Data = new byte[4] };
            See("call without code", Hex.Encode(await client.CallAsync(call, BlockTag.Latest, Token)));
        }

        private async Task RefusalsAsync()
        {
            var good = new TransactionDraft { To = Shop, Value = 1, GasLimit = 21_000 };
            await RefusedAsync("nonce of before", good with { Nonce = 0 });
            await RefusedAsync("intrinsic", good with { GasLimit = 20_999 });
            await RefusedAsync("block gas", good with { GasLimit = 30_000_001 });
            await RefusedAsync("too much", good with { Value = Wei.Ether(2) });

            SimulatedTransaction waiting = Sign(good);
            await client.SendRawTransactionAsync(waiting.Raw, Token);
            await RefusedAsync("again", waiting);
            await RefusedAsync("cheaper", Sign(good with { MaxFeePerGas = Wei.Gwei(19), Value = 2 }));
            See("pending", await client.GetTransactionCountAsync(wallet.Address, BlockTag.Pending, Token));

            // Behind a gap it is accepted and waits.
            SimulatedTransaction gapped = Sign(good with { Nonce = _nonce + 2 });
            await client.SendRawTransactionAsync(gapped.Raw, Token);
            See("pending behind a gap", await client.GetTransactionCountAsync(wallet.Address, BlockTag.Pending, Token));
            await client.SendRawTransactionAsync(Sign(good with { Nonce = _nonce + 1 }).Raw, Token);
            See("pending without", await client.GetTransactionCountAsync(wallet.Address, BlockTag.Pending, Token));
            await mine();
            _nonce += 3;
            See("mined", await client.GetTransactionCountAsync(wallet.Address, BlockTag.Latest, Token));
            await RefusedAsync("mined bytes", waiting);
        }

        private async Task TokenAsync()
        {
            await MinedAsync("token transfer", Call(SimulatedToken.TransferData(Shop, 300)));
            await MinedAsync("more than it has", Call(SimulatedToken.TransferData(Shop, 5_000)));
            await MinedAsync("approve", Call(Approve.EncodeCall(wallet.Address, (UInt256)50)));
            await MinedAsync("transfer from", Call(TransferFrom.EncodeCall(wallet.Address, Shop, (UInt256)50)));
            await MinedAsync("transfer from beyond", Call(TransferFrom.EncodeCall(wallet.Address, Shop, (UInt256)1)));
            await MinedAsync("unknown function", Call([1, 2, 3, 4]));
            await MinedAsync("out of gas", Call(SimulatedToken.TransferData(Shop, 1)) with { GasLimit = 26_000 });
            await RevertsAsync("more than it has", SimulatedToken.TransferData(Shop, 5_000));
            await RevertsAsync("unknown function", [1, 2, 3, 4]);
            await block();
            await mine();
            await RevertsAsync("blocked", SimulatedToken.TransferData(Shop, 1));
            await pause();
            await mine();
            await RevertsAsync("paused", SimulatedToken.TransferData(Shop, 1));
        }

        // Each chain by its own blocks: the fee of one follows from its parent by one formula.
        private async Task BaseFeesAsync()
        {
            await mine();
            await client.SendRawTransactionAsync(Sign(new TransactionDraft { To = Shop, GasLimit = 21_000 }).Raw, Token);
            await mine();
            await mine();
            ulong head = await client.BlockNumberAsync(Token);
            for (ulong number = head - 2; number < head; number++)
            {
                RpcBlock parent = (await client.GetBlockAsync(number, fullTransactions: false, Token))!;
                RpcBlock child = (await client.GetBlockAsync(number + 1, fullTransactions: false, Token))!;
                UInt256 expected = FeeMarket.NextBaseFee(parent.BaseFeePerGas!.Value, parent.GasUsed, parent.GasLimit, floor: 7);
                See("base fee by the formula", child.BaseFeePerGas == expected);
                See("gas used", parent.GasUsed);
            }
        }

        private TransactionDraft Call(byte[] data) => new() { To = token, Data = data };

        private SimulatedTransaction Sign(TransactionDraft draft) => wallet.Sign(draft with
        {
            Nonce = draft.Nonce ?? _nonce,
            GasLimit = draft.GasLimit ?? 200_000,
            MaxFeePerGas = draft.MaxFeePerGas ?? Wei.Gwei(20),
            MaxPriorityFeePerGas = Wei.Gwei(1),
        });

        private async Task MinedAsync(string what, TransactionDraft draft)
        {
            SimulatedTransaction transaction = Sign(draft);
            await client.SendRawTransactionAsync(transaction.Raw, Token);
            await mine();
            _nonce++;
            RpcReceipt receipt = (await client.GetTransactionReceiptAsync(transaction.Hash, Token))!;
            See($"{what} status", receipt.Status);
            RpcBlock holder = (await client.GetBlockAsync(receipt.BlockHash, fullTransactions: false, Token))!;
            See($"{what} tip", receipt.EffectiveGasPrice - holder.BaseFeePerGas!.Value);
            foreach (RpcLog log in receipt.Logs)
                See($"{what} log", $"{string.Join(' ', log.Topics)} {Hex.Encode(log.Data.Span)}");
            // A token's gas is not simulated to the unit; everything else's is.
            if (draft.To != token || draft.GasLimit is not null)
                See($"{what} gas", receipt.GasUsed);
        }

        private Task RefusedAsync(string what, TransactionDraft draft) => RefusedAsync(what, Sign(draft));

        private async Task RefusedAsync(string what, SimulatedTransaction transaction)
        {
            RpcErrorException error =
                await Assert.ThrowsAsync<RpcErrorException>(() => client.SendRawTransactionAsync(transaction.Raw, Token));
            See($"{what} refused", error.Classification.Class);
        }

        private async Task RevertsAsync(string what, byte[] data)
        {
            var call = new CallRequest { From = wallet.Address, To = token, Data = data };
            RpcErrorException error = await Assert.ThrowsAsync<RpcErrorException>(() => client.CallAsync(call, BlockTag.Latest, Token));
            See($"{what} reverts", $"{error.Code} {error.Classification.Class} {Hex.Encode(error.ErrorData.Span)}");
            error = await Assert.ThrowsAsync<RpcErrorException>(() => client.EstimateGasAsync(call, BlockTag.Latest, Token));
            See($"{what} cannot be estimated", error.Classification.Class);
        }

        private void See(string what, object value) =>
            _seen.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: {value}"));
    }
}
