using System.Text;
using ChainExec.Ethereum.Crypto;

namespace ChainExec.Ethereum.Tests.Crypto;

public sealed class ScryptTests
{
    // RFC 7914, section 12, except the vector that needs 1 GiB.
    [Theory]
    [InlineData(
        "", "", 16, 1, 1,
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData(
        "password", "NaCl", 1024, 8, 16,
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    [InlineData(
        "pleaseletmein", "SodiumChloride", 16384, 8, 1,
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887")]
    public void Vectors_of_RFC_7914(string password, string salt, int n, int r, int p, string expected)
    {
        byte[] key = new byte[64];
        Scrypt.Derive(Encoding.ASCII.GetBytes(password), Encoding.ASCII.GetBytes(salt), new KeystoreCost(n, r, p), key);
        Assert.Equal(expected, Convert.ToHexStringLower(key));
    }

    [Theory]
    [InlineData(1, 8, 1)]
    [InlineData(1000, 8, 1)]
    [InlineData(1 << 23, 8, 1)]
    [InlineData(1 << 18, 8, 64)]
    [InlineData(16, 0, 1)]
    [InlineData(16, 8, 0)]
    public void Parameters_outside_the_bounds_are_refused(long n, long r, long p) => Assert.NotNull(Scrypt.Check(n, r, p));
}
