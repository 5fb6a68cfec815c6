using System.Numerics;
using System.Text.Json.Nodes;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Cli.Demo;

/// <summary>
/// Everybody who is not us on the local chain: wallets that anvil signs for, by their order. Works on a development node only, which is
/// the one that unlocks accounts.
/// </summary>
internal sealed class OutsideWorld(RpcClient node, IReadOnlyList<Address> wallets, TimeProvider clock)
{
    private static readonly AbiFunction TransferFunction =
        AbiFunction.Parse("function transfer(address to, uint256 amount) returns (bool)");

    private static readonly AbiFunction MintFunction = AbiFunction.Parse("function mint(address to, uint256 amount) returns (bool)");
    private static readonly AbiFunction BlockFunction = AbiFunction.Parse("function blockAccount(address account)");
    private static readonly AbiFunction BalanceFunction = AbiFunction.Parse("function balanceOf(address account) view returns (uint256)");
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MinedWithin = TimeSpan.FromSeconds(60);

    /// <summary>Issues the test dollar and hands out the coin of the local chain.</summary>
    public Address Issuer => wallets[0];

    /// <summary>A customer's own wallet, from where deposits come.</summary>
    public Address Customer => wallets[1];

    /// <summary>Who is paid.</summary>
    public Address Supplier => wallets[2];

    /// <summary>Whom the issuer of the token has blocked.</summary>
    public Address Blocked => wallets[9];

    /// <exception cref="CliException">The node unlocks no accounts: it is no development node.</exception>
    public static async Task<OutsideWorld> OpenAsync(RpcClient node, TimeProvider clock, CancellationToken cancellationToken)
    {
        const int needed = 10;
        var accounts = await node.RawAsync("eth_accounts", [], cancellationToken);
        List<Address> wallets = [.. accounts.EnumerateArray().Select(account => Address.Parse(account.GetString()!))];
        return wallets.Count >= needed
            ? new OutsideWorld(node, wallets, clock)
            : throw new CliException("The node unlocks no development accounts: the demo runs on a local chain only.");
    }

    public Task GiveCoinAsync(Address to, BigInteger wei, CancellationToken cancellationToken) =>
        SendAsync(Issuer, to, wei, [], cancellationToken);

    public Task MintAsync(Address token, Address to, BigInteger amount, CancellationToken cancellationToken) =>
        SendAsync(Issuer, token, 0, MintFunction.EncodeCall(to, UInt256.FromBigInteger(amount)), cancellationToken);

    public Task<Hash32> TransferAsync(Address from, Address token, Address to, BigInteger amount, CancellationToken cancellationToken) =>
        SendAsync(from, token, 0, TransferFunction.EncodeCall(to, UInt256.FromBigInteger(amount)), cancellationToken);

    public Task BlockAsync(Address token, Address account, CancellationToken cancellationToken) =>
        SendAsync(Issuer, token, 0, BlockFunction.EncodeCall(account), cancellationToken);

    /// <summary>A balance at the newest final block, which is what the books know.</summary>
    public async Task<BigInteger> FinalBalanceAsync(Address? token, Address account, CancellationToken cancellationToken)
    {
        if (token is null)
            return (await node.GetBalanceAsync(account, BlockTag.Finalized, cancellationToken)).ToBigInteger();
        byte[] word = await node.CallAsync(
            new CallRequest { To = token.Value, Data = BalanceFunction.EncodeCall(account) }, BlockTag.Finalized, cancellationToken);
        return UInt256.ReadBigEndian(word).ToBigInteger();
    }

    public async Task<BigInteger> CoinAsync(Address account, CancellationToken cancellationToken) =>
        (await node.GetBalanceAsync(account, BlockTag.Latest, cancellationToken)).ToBigInteger();

    // Sends and waits for the block: each step of the outside world happens before the next.
    private async Task<Hash32> SendAsync(Address from, Address to, BigInteger wei, byte[] data, CancellationToken cancellationToken)
    {
        var transaction = new JsonObject
        {
            ["from"] = from.ToHex(),
            ["to"] = to.ToHex(),
            ["value"] = Hex.EncodeQuantity(UInt256.FromBigInteger(wei)),
            ["data"] = Hex.Encode(data),
        };
        var answer = await node.RawAsync("eth_sendTransaction", [transaction], cancellationToken);
        Hash32 hash = Hash32.Parse(answer.GetString()!);
        long began = clock.GetTimestamp();
        RpcReceipt? receipt;
        while ((receipt = await node.GetTransactionReceiptAsync(hash, cancellationToken)) is null)
        {
            if (clock.GetElapsedTime(began) > MinedWithin)
                throw new CliException($"{hash} is in no block after {MinedWithin.TotalSeconds} s: does the local chain mine?");
            await Task.Delay(Poll, clock, cancellationToken);
        }

        return receipt.Status ? hash : throw new CliException($"{hash}, a transaction of the outside world, reverted.");
    }

}
