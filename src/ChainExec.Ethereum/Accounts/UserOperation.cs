using System.Buffers.Binary;
using ChainExec.Ethereum.TypedData;

namespace ChainExec.Ethereum.Accounts;

/// <summary>An operation of a smart account (ERC-4337) with the packed fields of EntryPoint v0.7 and v0.8, without its signature.</summary>
/// <param name="Sender">The account.</param>
/// <param name="Nonce">Its nonce: a key of 192 bits, then a sequence of 64 bits.</param>
/// <param name="InitCode">The factory and its call data when the account is to be made; from v0.8 on also the marker 0x7702, filled up to
/// 20 bytes with zeros, and initialization data; usually empty.</param>
/// <param name="CallData">What the account executes.</param>
/// <param name="VerificationGasLimit">Gas for creation and validation.</param>
/// <param name="CallGasLimit">Gas for the execution.</param>
/// <param name="PreVerificationGas">Gas that pays the bundler for what is not measured.</param>
/// <param name="MaxPriorityFeePerGas">As in EIP-1559, in wei.</param>
/// <param name="MaxFeePerGas">As in EIP-1559, in wei.</param>
/// <param name="PaymasterAndData">Empty, or what <see cref="PackPaymaster"/> gives.</param>
public sealed record UserOperation(
    Address Sender,
    UInt256 Nonce,
    ReadOnlyMemory<byte> InitCode,
    ReadOnlyMemory<byte> CallData,
    UInt128 VerificationGasLimit,
    UInt128 CallGasLimit,
    UInt256 PreVerificationGas,
    UInt128 MaxPriorityFeePerGas,
    UInt128 MaxFeePerGas,
    ReadOnlyMemory<byte> PaymasterAndData)
{
    private const int Word = 32;

    // The 20 bytes at the start of initCode that stand for the delegate of an EIP-7702 account.
    private static readonly byte[] Eip7702Marker = [0x77, 0x02, .. new byte[Address.Size - 2]];

    private static readonly Hash32 TypeHash = Keccak256.Hash(
        "PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,bytes32 accountGasLimits,"u8.ToArray()
            .Concat("uint256 preVerificationGas,bytes32 gasFees,bytes paymasterAndData)"u8.ToArray()).ToArray());

    /// <summary>Where EntryPoint v0.7 is deployed on every chain that has it.</summary>
    public static Address EntryPointV07 { get; } = Address.Parse("0x0000000071727De22E5E9d8BAf0edAc6f37da032");

    /// <summary>Where EntryPoint v0.8 is deployed on every chain that has it.</summary>
    public static Address EntryPointV08 { get; } = Address.Parse("0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108");

    /// <summary>True when <see cref="InitCode"/> says that the sender is an account with EIP-7702 code.</summary>
    public bool HasEip7702Marker
    {
        get
        {
            // The contract reads 20 bytes of the call data, where a shorter initCode is followed by zeros.
            ReadOnlySpan<byte> start = InitCode.Span[..Math.Min(InitCode.Length, Address.Size)];
            return start.Length >= 2 && start.SequenceEqual(Eip7702Marker.AsSpan(0, start.Length));
        }
    }

    /// <summary>The bytes of <see cref="PaymasterAndData"/> for an operation that a paymaster pays.</summary>
    /// <param name="paymaster">The contract that pays.</param>
    /// <param name="verificationGasLimit">Gas for its validation.</param>
    /// <param name="postOpGasLimit">Gas for its turn after the execution.</param>
    /// <param name="data">What it wants to see.</param>
    public static byte[] PackPaymaster(Address paymaster, UInt128 verificationGasLimit, UInt128 postOpGasLimit, ReadOnlySpan<byte> data)
    {
        byte[] packed = new byte[Address.Size + Word + data.Length];
        paymaster.CopyTo(packed);
        BinaryPrimitives.WriteUInt128BigEndian(packed.AsSpan(Address.Size), verificationGasLimit);
        BinaryPrimitives.WriteUInt128BigEndian(packed.AsSpan(Address.Size + Word / 2), postOpGasLimit);
        data.CopyTo(packed.AsSpan(Address.Size + Word));
        return packed;
    }

    /// <summary>The hash that <c>getUserOpHash</c> of EntryPoint v0.7 gives.</summary>
    public Hash32 HashV07(UInt256 chainId, Address entryPoint)
    {
        Span<byte> fields = stackalloc byte[8 * Word];
        WriteFields(new WordWriter(fields), Keccak256.Hash(InitCode.Span));
        Span<byte> data = stackalloc byte[3 * Word];
        var writer = new WordWriter(data);
        writer.Add(Keccak256.Hash(fields));
        writer.Add(entryPoint);
        writer.Add(chainId);
        return Keccak256.Hash(data);
    }

    /// <summary>
    /// The hash that <c>getUserOpHash</c> of EntryPoint v0.8 gives: typed data in the domain <c>ERC4337</c>, version <c>1</c>. With <see
    /// cref="HasEip7702Marker"/>, the marker is replaced by the delegate that the sender's code names, so that a signature holds for one
    /// delegate only.
    /// </summary>
    /// <param name="chainId">The chain.</param>
    /// <param name="entryPoint">The contract that the operation is sent to.</param>
    /// <param name="eip7702Delegate">The delegate of the sender when the operation is executed; only looked at with the marker.</param>
    /// <exception cref="ArgumentNullException">There is the marker and no delegate.</exception>
    public Hash32 HashV08(UInt256 chainId, Address entryPoint, Address? eip7702Delegate)
    {
        Span<byte> fields = stackalloc byte[9 * Word];
        var writer = new WordWriter(fields);
        writer.Add(TypeHash);
        WriteFields(writer, HashInitCodeV08(eip7702Delegate));
        var domain = new TypedDataDomain("ERC4337", "1", chainId, entryPoint);
        return Eip191.TypedDataDigest(domain.Separator(), Keccak256.Hash(fields));
    }

    private Hash32 HashInitCodeV08(Address? eip7702Delegate)
    {
        if (!HasEip7702Marker)
        {
            return Keccak256.Hash(InitCode.Span);
        }

        Address code = eip7702Delegate
            ?? throw new ArgumentNullException(nameof(eip7702Delegate), "The hash depends on the delegate of the sender.");
        return Keccak256.Hash([.. code.ToArray(), .. InitCode.Span[Math.Min(InitCode.Length, Address.Size)..]]);
    }

    private void WriteFields(WordWriter writer, Hash32 initCodeHash)
    {
        writer.Add(Sender);
        writer.Add(Nonce);
        writer.Add(initCodeHash);
        writer.Add(Keccak256.Hash(CallData.Span));
        writer.Add(VerificationGasLimit, CallGasLimit);
        writer.Add(PreVerificationGas);
        writer.Add(MaxPriorityFeePerGas, MaxFeePerGas);
        writer.Add(Keccak256.Hash(PaymasterAndData.Span));
    }
}
