using ChainExec.Ethereum.Crypto;
using ChainExec.Ethereum.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace ChainExec.Ethereum.Tests.Transactions;

public sealed class TransactionPropertyTests
{
    private static readonly Arbitrary<int> Seeds = Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary();

    [Fact]
    public void Transactions_of_every_type_survive_signing_and_decoding() =>
        Prop.ForAll(Seeds, Gen.Elements(RandomTransactions.Types).ToArbitrary(), (seed, type) =>
        {
            var random = new Random(seed);
            Transaction transaction = RandomTransactions.Make(random, type);
            using PrivateKey key = Keys.Of(random);
            SignedTransaction signed = transaction.Sign(key);
            SignedTransaction decoded = SignedTransaction.Decode(signed.Encode());
            Assert.Equal(transaction, decoded.Transaction);
            Assert.Equal(key.Address, decoded.Sender);
            Assert.Equal(signed, decoded);
            Assert.Equal(type, decoded.Transaction.Type);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Mutated_bytes_throw_nothing_but_the_typed_exception_or_decode_to_themselves() =>
        Prop.ForAll(Seeds, seed =>
        {
            var random = new Random(seed);
            using PrivateKey key = Keys.Of(random);
            byte[] raw = RandomTransactions.Make(random, (byte)random.Next(5)).Sign(key).Encode();
            for (int i = 0; i < 20; i++)
            {
                DecodesToItselfOrIsRefused(Mutate(random, raw));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    private static byte[] Mutate(Random random, byte[] raw)
    {
        int at = random.Next(raw.Length);
        switch (random.Next(4))
        {
            case 0:
                return raw[..at];
            case 1:
                return [.. raw[..at], (byte)random.Next(256), .. raw[at..]];
            case 2:
                // Headers and types stand at the start.
                at = Math.Min(at, random.Next(1, 12));
                break;
        }

        byte[] mutated = [.. raw];
        mutated[at] = (byte)random.Next(256);
        return mutated;
    }

    private static void DecodesToItselfOrIsRefused(byte[] raw)
    {
        try
        {
            Assert.Equal(raw, SignedTransaction.Decode(raw).Encode());
        }
        catch (TransactionException)
        {
        }
    }
}
