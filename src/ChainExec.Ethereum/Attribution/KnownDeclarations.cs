using System.Buffers.Binary;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Attribution;

/// <summary>Functions and events that a trace is shown with. Selectors and topics are nobody's property, so a name is a guess.</summary>
internal static class KnownDeclarations
{
    private static readonly string[] FunctionTexts =
    [
        "transfer(address to, uint256 value)", "transferFrom(address from, address to, uint256 value)",
        "approve(address spender, uint256 value)", "balanceOf(address account)", "allowance(address owner, address spender)",
        "permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
        "mint(address to, uint256 value)",
        "handleOps((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[] ops, address beneficiary)",
        "handleOps((address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes)[] ops, address beneficiary)",
        "innerHandleOp(bytes callData, ((address,uint256,uint256,uint256,uint256,uint256,uint256,address,uint256,uint256),bytes32,uint256,"
            + "uint256,uint256) opInfo, bytes context)",
        "innerHandleOp(bytes callData, ((address,uint256,uint256,uint256,uint256,address,uint256,uint256),bytes32,uint256,uint256,uint256) "
            + "opInfo, bytes context)",
        "validateUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes) op, bytes32 hash, uint256 missingFunds)",
        "validateUserOp((address,uint256,bytes,bytes,uint256,uint256,uint256,uint256,uint256,bytes,bytes) op, bytes32 hash, "
            + "uint256 missingFunds)",
        "validatePaymasterUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes) op, bytes32 hash, uint256 cost)",
        "postOp(uint8 mode, bytes context, uint256 cost, uint256 feePerGas)", "createSender(bytes initCode)",
    ];

    private static readonly string[] EventTexts =
    [
        "Transfer(address indexed from, address indexed to, uint256 value)",
        "Approval(address indexed owner, address indexed spender, uint256 value)",
        "BeforeExecution()", "Deposited(address indexed account, uint256 totalDeposit)",
        "AccountDeployed(bytes32 indexed userOpHash, address indexed sender, address factory, address paymaster)",
        "UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, "
            + "uint256 actualGasCost, uint256 actualGasUsed)",
        "UserOperationRevertReason(bytes32 indexed userOpHash, address indexed sender, uint256 nonce, bytes revertReason)",
        "PostOpRevertReason(bytes32 indexed userOpHash, address indexed sender, uint256 nonce, bytes revertReason)",
        "ExecutionSuccess(bytes32 indexed txHash, uint256 payment)", "ExecutionFailure(bytes32 indexed txHash, uint256 payment)",
        "ExecutionFromModuleSuccess(address indexed module)", "ExecutionFromModuleFailure(address indexed module)",
        "SafeReceived(address indexed sender, uint256 value)",
        "SafeMultiSigTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, "
            + "uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures, bytes additionalInfo)",
        "Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares)",
        "Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares)",
        "Mint(address indexed minter, address indexed to, uint256 amount)", "Burn(address indexed burner, uint256 amount)",
        "SafeModuleTransaction(address module, address to, uint256 value, bytes data, uint8 operation)",
    ];

    private static readonly Dictionary<uint, AbiFunction> Functions = FunctionTexts.Select(AbiFunction.Parse)
        .Concat(BatchTable.Shipped.Definitions.Select(definition => definition.Function))
        .DistinctBy(Selector).ToDictionary(Selector);

    private static readonly Dictionary<Hash32, AbiEvent> Events =
        EventTexts.Select(AbiEvent.Parse).ToDictionary(known => known.Topic0);

    /// <summary>The function that call data begin with.</summary>
    public static AbiFunction? Function(ReadOnlySpan<byte> data) =>
        data.Length >= sizeof(uint) ? Functions.GetValueOrDefault(BinaryPrimitives.ReadUInt32BigEndian(data)) : null;

    /// <summary>The event of a first topic.</summary>
    public static AbiEvent? Event(Hash32 topic) => Events.GetValueOrDefault(topic);

    private static uint Selector(AbiFunction function) => BinaryPrimitives.ReadUInt32BigEndian(function.Selector.Span);
}
