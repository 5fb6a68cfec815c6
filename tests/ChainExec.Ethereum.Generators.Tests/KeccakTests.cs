namespace ChainExec.Ethereum.Generators.Tests;

public sealed class KeccakTests
{
    // 0 to 300 characters cross the block of 136 twice; 135, 136 and 137 are its edges.
    [Fact]
    public void Compile_time_keccak_is_the_toolkits_keccak()
    {
        for (int length = 0; length <= 300; length++)
        {
            string text = string.Concat(Enumerable.Range(0, length).Select(index => (char)('!' + (index * 7 + length) % 90)));

            Assert.Equal(Keccak256.Hash(System.Text.Encoding.ASCII.GetBytes(text)).ToArray(), Keccak.Hash(text));
        }
    }
}
