using ChainExec.Ethereum.TypedData;

namespace ChainExec.Ethereum.Tests.TypedData;

public sealed class Eip191Tests
{
    [Fact]
    public void Personal_messages_have_the_digests_of_an_independent_implementation()
    {
        Assert.Equal(
            "0xd9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68", Eip191.PersonalMessageDigest("hello world"u8).ToString());
        Assert.Equal(
            "0xfd7a7aa12c2903214f4811a0e885c374d44b13fe124c7b968ff5b2fa4b111fd5", Eip191.PersonalMessageDigest(new byte[300]).ToString());
    }

    [Fact]
    public void Data_for_a_validator_is_hashed_behind_its_address()
    {
        var validator = Address.Parse("0x1111111111111111111111111111111111111111");
        Hash32 expected = Keccak256.Hash(Hex.Decode("0x1900" + "1111111111111111111111111111111111111111" + "c0ffee"));
        Assert.Equal(expected, Eip191.IntendedValidatorDigest(validator, Hex.Decode("0xc0ffee")));
    }
}
