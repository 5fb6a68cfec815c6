using System.Security.Cryptography;
using System.Text;

namespace ChainExec.Ethereum.Tests;

public sealed class Keccak256Tests
{
    [Theory]
    [InlineData("", "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [InlineData("abc", "0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [InlineData("Transfer(address,address,uint256)", "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")]
    public void Known_texts_have_their_digest(string text, string digest) =>
        Assert.Equal(digest, Keccak256.Hash(Encoding.ASCII.GetBytes(text)).ToString());

    // The rate is 136 bytes: one less, exact and one more take different paths through the padding.
    [Theory]
    [InlineData(135, "0x3d28d08c3dacab77392064a939f3e7f8d03f2e02e2c664ac08a05f63ac652626")]
    [InlineData(136, "0xb82d89d96e5575d11a9e1f4cabb2a45e60899e69a19a724cd796bdcf13511018")]
    [InlineData(137, "0xec8008a74e50bc7d6b22c3ad85402bf10e6d4449f3c8618e36c461b8a44eeafb")]
    [InlineData(1000, "0xd7bf35851ae6462cce5a6a70fded315bf92997673e2ce92efd545ae9aec2b471")]
    public void Lengths_around_the_rate_have_their_digest(int length, string digest)
    {
        byte[] input = new byte[length];
        Array.Fill(input, (byte)0xa3);
        Assert.Equal(digest, Keccak256.Hash(input).ToString());
    }

    // The framework has the permutation with the padding of FIPS 202; every length up to four blocks takes each way through ours.
    [Fact]
    public void Permutation_is_that_of_the_framework_where_the_padding_is()
    {
        Assert.True(SHA3_256.IsSupported, "The cryptographic library of this machine has no SHA3-256.");
        var random = new Random(20261125);
        byte[] ours = new byte[Hash32.Size];
        for (int length = 0; length <= 4 * 136 + 1; length++)
        {
            byte[] input = new byte[length];
            random.NextBytes(input);
            Keccak256.Hash(input, ours, padding: 0x06);
            Assert.Equal(SHA3_256.HashData(input), ours);
        }
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        byte[] input = new byte[200];
        byte[] digest = new byte[Hash32.Size];
        Keccak256.Hash(input, digest);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            Keccak256.Hash(input, digest);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Short_destination_is_refused() => Assert.Throws<ArgumentException>(() => Keccak256.Hash([], new byte[31]));
}
