using System.Buffers.Binary;
using static ChainExec.Ethereum.Attribution.OperationKind;

namespace ChainExec.Ethereum.Attribution;

/// <summary>The batch functions that attribution knows. Users add rows of their own with <see cref="With"/>.</summary>
public sealed class BatchTable
{
    private readonly Dictionary<uint, List<BatchDefinition>> _bySelector = [];

    /// <summary>Makes a table of these rows.</summary>
    public BatchTable(IEnumerable<BatchDefinition> definitions)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        Definitions = [.. definitions];
        foreach (BatchDefinition definition in Definitions)
        {
            if (!_bySelector.TryGetValue(definition.Selector, out List<BatchDefinition>? rows))
            {
                _bySelector.Add(definition.Selector, rows = []);
            }

            rows.Add(definition);
        }
    }

    /// <summary>The functions of the accounts and libraries in common use.</summary>
    public static BatchTable Shipped { get; } = new(
    [
        // Accounts: SimpleAccount of v0.6 to v0.8 and what others took over from it.
        new("execute(address to, uint256 value, bytes data)", Eip7702),
        new("executeBatch(address[] to, bytes[] data)", Eip7702),
        new("executeBatch(address[] to, uint256[] value, bytes[] data)", Eip7702),
        new("executeBatch((address to, uint256 value, bytes data)[] calls)", Eip7702),

        // ERC-7579, ERC-7821, and the entry of ERC-4337 for accounts that want to see the whole operation.
        new("execute(bytes32 mode, bytes execution)", Eip7702, AccountLayouts.Execution),
        new("executeFromExecutor(bytes32 mode, bytes execution)", Eip7702, AccountLayouts.Execution),
        new("executeUserOp((address sender, uint256 nonce, bytes initCode, bytes callData, bytes32 accountGasLimits, "
            + "uint256 preVerificationGas, bytes32 gasFees, bytes paymasterAndData, bytes signature) userOp, bytes32 hash)",
            Eip7702, AccountLayouts.UserOperation),

        // Other common accounts: Kernel 2, Biconomy 2, Coinbase Smart Wallet, Ambire, delegates of MetaMask.
        new("execute(address to, uint256 value, bytes data, uint8 operation)", Eip7702),
        new("execute_ncC(address to, uint256 value, bytes data)", Eip7702),
        new("executeBatch_y6U(address[] to, uint256[] value, bytes[] data)", Eip7702),
        new("executeWithoutChainIdValidation(bytes[] data)", Eip7702),
        new("executeBySender((address to, uint256 value, bytes data)[] calls)", Eip7702),
        new("execute((address to, uint256 value, bytes data)[] calls, bytes signature)", Eip7702),
        new("execute((address to, uint256 value, bytes data) call)", Eip7702),
        new("execute((address to, uint256 value, bytes data)[] calls)", Eip7702),

        // Safe: owners, modules, and the module that makes it an ERC-4337 account.
        new("execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, "
            + "uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)", Safe),
        new("execTransactionFromModule(address to, uint256 value, bytes data, uint8 operation)", Safe),
        new("execTransactionFromModuleReturnData(address to, uint256 value, bytes data, uint8 operation)", Safe),
        new("executeUserOp(address to, uint256 value, bytes data, uint8 operation)", Eip7702),
        new("executeUserOpWithErrorString(address to, uint256 value, bytes data, uint8 operation)", Eip7702),
        new("multiSend(bytes transactions)", null, AccountLayouts.MultiSend),

        // Multicall3, whose functions contain those of its predecessors.
        new("aggregate((address to, bytes data)[] calls)", Multicall3),
        new("tryAggregate(bool requireSuccess, (address to, bytes data)[] calls)", Multicall3),
        new("blockAndAggregate((address to, bytes data)[] calls)", Multicall3),
        new("tryBlockAndAggregate(bool requireSuccess, (address to, bytes data)[] calls)", Multicall3),
        new("aggregate3((address to, bool allowFailure, bytes data)[] calls)", Multicall3),
        new("aggregate3Value((address to, bool allowFailure, uint256 value, bytes data)[] calls)", Multicall3),
    ]);

    /// <summary>The rows, in the order in which they are tried.</summary>
    public IReadOnlyList<BatchDefinition> Definitions { get; }

    /// <summary>This table with more rows, which are tried before its own.</summary>
    public BatchTable With(params IEnumerable<BatchDefinition> definitions) => new([.. definitions, .. Definitions]);

    /// <summary>The rows whose selector the input begins with.</summary>
    internal IReadOnlyList<BatchDefinition> Find(ReadOnlyMemory<byte> input) =>
        input.Length >= sizeof(uint)
        && _bySelector.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(input.Span), out List<BatchDefinition>? rows)
            ? rows
            : [];
}
