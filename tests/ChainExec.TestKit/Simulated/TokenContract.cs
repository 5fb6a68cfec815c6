using ChainExec.Ethereum;
using ChainExec.Ethereum.Abi;

namespace ChainExec.TestKit.Simulated;

/// <summary>The code of a simulated ERC-20 token.</summary>
internal sealed class TokenContract(string symbol, int decimals) : SimulatedContract
{
    public const int Balances = 0;
    public const int Allowances = 1;
    public const int Supply = 2;
    public const int Behaviour = 3;
    public const int FeeBasisPoints = 4;
    public const int Paused = 5;
    public const int Blocked = 6;
    private const ulong BasisPoints = 10_000;

    private static readonly AbiFunction Transfer = AbiFunction.Parse("function transfer(address to, uint256 amount) returns (bool)");
    private static readonly AbiFunction TransferFrom =
        AbiFunction.Parse("function transferFrom(address from, address to, uint256 amount) returns (bool)");
    private static readonly AbiFunction Approve = AbiFunction.Parse("function approve(address spender, uint256 amount) returns (bool)");
    private static readonly AbiFunction BalanceOf = AbiFunction.Parse("function balanceOf(address owner) returns (uint256)");
    private static readonly AbiFunction Allowance = AbiFunction.Parse("function allowance(address owner, address spender)");
    private static readonly AbiFunction TotalSupply = AbiFunction.Parse("function totalSupply()");
    private static readonly AbiFunction Decimals = AbiFunction.Parse("function decimals()");
    private static readonly AbiFunction Symbol = AbiFunction.Parse("function symbol()");
    private static readonly AbiFunction Text = AbiFunction.Parse("function text(string value)");
    private static readonly AbiEvent Transferred =
        AbiEvent.Parse("event Transfer(address indexed from, address indexed to, uint256 value)");
    private static readonly AbiEvent Approved =
        AbiEvent.Parse("event Approval(address indexed owner, address indexed spender, uint256 value)");
    private static readonly AbiError InsufficientBalance =
        AbiError.Parse("error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)");
    private static readonly AbiError InsufficientAllowance =
        AbiError.Parse("error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)");
    private static readonly AbiError InvalidReceiver = AbiError.Parse("error ERC20InvalidReceiver(address receiver)");
    private static readonly AbiError AccountBlocked = AbiError.Parse("error AccountBlocked(address account)");

    public override ReadOnlyMemory<byte> Execute(ContractCall frame)
    {
        if (!frame.Value.IsZero)
            throw new ContractRevertException(default);
        ReadOnlySpan<byte> data = frame.Data.Span;
        if (Transfer.Matches(data))
        {
            object[] arguments = Decode(Transfer, frame);
            return Move(frame, frame.Sender, (Address)arguments[0], (UInt256)arguments[1]);
        }

        if (TransferFrom.Matches(data))
        {
            object[] arguments = Decode(TransferFrom, frame);
            SpendAllowance(frame, (Address)arguments[0], (UInt256)arguments[2]);
            return Move(frame, (Address)arguments[0], (Address)arguments[1], (UInt256)arguments[2]);
        }

        return Approve.Matches(data) ? SetAllowance(frame) : Answer(frame);
    }

    private static object[] Decode(AbiFunction function, ContractCall call)
    {
        try
        {
            return function.DecodeCall(call.Data.Span);
        }
        catch (AbiException)
        {
            // As compiled Solidity does with arguments that do not decode: without a reason.
            throw new ContractRevertException(default);
        }
    }

    private ReadOnlyMemory<byte> Answer(ContractCall call)
    {
        ReadOnlySpan<byte> data = call.Data.Span;
        if (BalanceOf.Matches(data))
            return Word(call[Balances, (Address)Decode(BalanceOf, call)[0]]);
        if (Allowance.Matches(data))
        {
            object[] pair = Decode(Allowance, call);
            return Word(call[Allowances, (Address)pair[0], (Address)pair[1]]);
        }

        if (TotalSupply.Matches(data))
            return Word(call[Supply]);
        if (Decimals.Matches(data))
            return Word((ulong)decimals);
        if (Symbol.Matches(data))
            return Text.EncodeCall(symbol).AsMemory(AbiFunction.SelectorSize);
        throw new ContractRevertException(default);
    }

    private static ReadOnlyMemory<byte> Move(ContractCall call, Address from, Address to, UInt256 amount)
    {
        Refuse(call, from, to);
        var behaviour = (TokenBehaviour)(ulong)call[Behaviour];
        if (behaviour == TokenBehaviour.ReturnsFalse)
            return Word(UInt256.Zero);
        UInt256 balance = call[Balances, from];
        if (balance < amount)
            throw ContractCall.Revert(InsufficientBalance, from, balance, amount);

        if (behaviour == TokenBehaviour.OnlyLogs)
        {
            Log(call, Transferred, from, to, amount);
            return Word(UInt256.One);
        }

        UInt256 fee = behaviour == TokenBehaviour.TakesFee ? amount * call[FeeBasisPoints] / BasisPoints : UInt256.Zero;
        if (!fee.IsZero)
            MovePart(call, from, call.Self, fee);
        MovePart(call, from, to, amount - fee);
        return behaviour == TokenBehaviour.ReturnsNothing ? default : Word(UInt256.One);
    }

    private static void Refuse(ContractCall call, Address from, Address to)
    {
        if (!call[Paused].IsZero)
            throw ContractCall.Revert("Pausable: paused");
        foreach (Address party in (Address[])[call.Sender, from, to])
        {
            if (!call[Blocked, party].IsZero)
                throw ContractCall.Revert(AccountBlocked, party);
        }

        if (to == Address.Zero)
            throw ContractCall.Revert(InvalidReceiver, to);
    }

    private static void MovePart(ContractCall call, Address from, Address to, UInt256 amount)
    {
        call[Balances, from] -= amount;
        call[Balances, to] += amount;
        Log(call, Transferred, from, to, amount);
        call.Moved(from, to, amount);
    }

    private static void SpendAllowance(ContractCall call, Address owner, UInt256 amount)
    {
        UInt256 allowed = call[Allowances, owner, call.Sender];
        if (allowed < amount)
            throw ContractCall.Revert(InsufficientAllowance, call.Sender, allowed, amount);
        if (allowed != UInt256.MaxValue)
            call[Allowances, owner, call.Sender] = allowed - amount;
    }

    private static ReadOnlyMemory<byte> SetAllowance(ContractCall call)
    {
        object[] arguments = Decode(Approve, call);
        call[Allowances, call.Sender, (Address)arguments[0]] = (UInt256)arguments[1];
        Log(call, Approved, call.Sender, (Address)arguments[0], (UInt256)arguments[1]);
        return Word(UInt256.One);
    }

    private static void Log(ContractCall call, AbiEvent kind, Address first, Address second, UInt256 amount) =>
        call.Emit([kind.Topic0, Topic(first), Topic(second)], Word(amount));

    private static Hash32 Topic(Address address) => Hash32.FromBytes([.. new byte[Hash32.Size - Address.Size], .. address.ToArray()]);

    private static byte[] Word(UInt256 value)
    {
        byte[] word = new byte[Hash32.Size];
        value.WriteBigEndian(word);
        return word;
    }
}
