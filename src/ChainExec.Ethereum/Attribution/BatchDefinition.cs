using System.Buffers.Binary;
using ChainExec.Ethereum.Abi;

namespace ChainExec.Ethereum.Attribution;

/// <summary>
/// One row of the table: a contract function, and how its input tells the calls that it makes. A row is believed only where the frames
/// below the function are those calls, so a function of another contract with the same selector does no harm.
/// </summary>
public sealed class BatchDefinition
{
    private readonly BatchLayout _layout;
    private readonly byte[] _selector;

    /// <summary>Defines a function whose parameters' names tell its calls.</summary>
    /// <param name="declaration">Such as <c>pay(address[] to, uint256[] value, bytes[] data)</c>. The names <c>to</c>, <c>value</c>,
    /// <c>data</c> and <c>operation</c> have a meaning: single values, lists side by side, or components of a tuple or a list of tuples.
    /// </param>
    /// <param name="opens">See <see cref="Opens"/>.</param>
    /// <exception cref="AbiException">The text is no declaration of a function.</exception>
    /// <exception cref="ArgumentException">Its names tell no calls.</exception>
    public BatchDefinition(string declaration, OperationKind? opens)
        : this(AbiFunction.Parse(declaration), opens, layout: null)
    {
    }

    /// <summary>Defines a function of any layout.</summary>
    /// <exception cref="AbiException">The text is no declaration of a function.</exception>
    public BatchDefinition(string declaration, OperationKind? opens, BatchLayout layout)
        : this(AbiFunction.Parse(declaration), opens, layout ?? throw new ArgumentNullException(nameof(layout)))
    {
    }

    private BatchDefinition(AbiFunction function, OperationKind? opens, BatchLayout? layout)
    {
        if (opens is OperationKind.Direct or OperationKind.Erc4337)
        {
            throw new ArgumentOutOfRangeException(nameof(opens), opens, "No batch function opens an operation of this kind.");
        }

        Function = function;
        Opens = opens;
        _selector = function.Selector.ToArray();
        _layout = layout ?? new NamedLayout(function).Read;
    }

    /// <summary>The function.</summary>
    public AbiFunction Function { get; }

    /// <summary>
    /// What a call of the function from outside is. <see cref="OperationKind.Safe"/>: an operation of the contract called, wherever it is
    /// found. <see cref="OperationKind.Multicall3"/>: one of the transaction's sender, if it is the transaction's own call. <see
    /// cref="OperationKind.Eip7702"/>: a function of accounts, which is an operation when an account's own transaction calls it, and what
    /// user operations call. Null: a library that accounts run by DELEGATECALL. Within an account's operation every row holds for what
    /// runs in the account's name.
    /// </summary>
    public OperationKind? Opens { get; }

    internal uint Selector => BinaryPrimitives.ReadUInt32BigEndian(_selector);

    /// <summary>The calls that an input asks for; null when it is no input of this function.</summary>
    public IReadOnlyList<PlannedCall>? Plan(ReadOnlyMemory<byte> input) =>
        input.Span.StartsWith(_selector) ? _layout(new CallArguments(input[_selector.Length..])) : null;

    /// <inheritdoc/>
    public override string ToString() => Function.Signature;
}
