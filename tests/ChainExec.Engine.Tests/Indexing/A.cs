using System.Numerics;
using ChainExec.Calls;
using ChainExec.Ethereum;

namespace ChainExec.Engine.Tests.Indexing;

/// <summary>Short ways to say what happens on a scripted chain.</summary>
internal static class A
{
    public static Address Address(int seed) => Ethereum.Address.FromBytes(Keccak256.Hash(BitConverter.GetBytes(seed)).ToArray().AsSpan(12));

    public static Hash32 Topic(Address address) => Hash32.FromBytes([.. new byte[12], .. address.ToArray()]);

    public static byte[] Word(BigInteger value)
    {
        byte[] word = new byte[32];
        UInt256.FromBigInteger(value).WriteBigEndian(word);
        return word;
    }

    /// <summary>A Transfer log as ERC-20 has it.</summary>
    public static ScriptedLog Transfer(Address token, Address from, Address to, BigInteger amount) =>
        new(token, [ObservedMovements.TransferTopic, Topic(from), Topic(to)], Word(amount));

    /// <summary>keccak("Pause()"), which USDC-style tokens emit.</summary>
    public static readonly Hash32 PauseTopic = Keccak256.Hash("Pause()"u8);

    /// <summary>The log of a token that is switched off.</summary>
    public static ScriptedLog Paused(Address token) => new(token, [PauseTopic], []);

    /// <summary>A transaction without value, with these logs.</summary>
    public static ScriptedTransaction Transaction(Address from, Address to, params IReadOnlyList<ScriptedLog> logs) =>
        new(from, to, BigInteger.Zero, Nonce: 0, Succeeded: true, logs);

    /// <summary>A transaction that pays native value.</summary>
    public static ScriptedTransaction Payment(Address from, Address to, BigInteger wei) =>
        new(from, to, wei, Nonce: 0, Succeeded: true, []);
}
