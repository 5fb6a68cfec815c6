namespace ChainExec.Signer.Tests.Policy;

public sealed class PolicyReaderTests
{
    [Fact]
    public void Whole_policy_is_read()
    {
        Assert.Equal("test dollar", Policies.Read(Policies.Json()).Chains[31337].Contracts[Ask.Token].Name);
        Assert.Null(Policies.Read(Policies.Json()).Chains[31337].Batches);
        Assert.Equal(3, Policies.Read(Policies.Json(extra: Policies.Batches)).Chains[31337].Batches!.CallsMax);
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "$.version")]
    [InlineData("\"version\": 1,", "", "$.version")]
    [InlineData("\"version\": 1,", "\"version\": 1, \"extra\": 1,", "$.extra")]
    [InlineData("\"31337\"", "\"031337\"", "$.chains.031337")]
    [InlineData("\"max_per_call\": \"1000\"", "\"max_per_cal\": \"1000\"", "0000aa.max_per_cal ")]
    [InlineData("\"1000\"", "\"1e3\"", "max_per_call")]
    [InlineData("\"1000\"", "\"-1\"", "max_per_call")]
    [InlineData("\"1000\"", "1000", "max_per_call")]
    [InlineData("\"1000\"", "\"0x10\"", "max_per_call")]
    [InlineData("\"transfer(address,uint256)\"", "\"mint(address,uint256)\"", "functions[0]")]
    [InlineData("0x00000000000000000000000000000000000000aa", "0xaa", "$.chains.31337.contracts.0xaa")]
    [InlineData("[\"*\"]", "[]", "destinations")]
    [InlineData("[\"*\"]", "[\"*\", \"0x00000000000000000000000000000000000000aa\"]", "destinations")]
    [InlineData("\"delegates\":", "\"delegate\":", "$.chains.31337.batches.delegate ")]
    [InlineData("\"delegates\": [\"0xe6Cae83BdE06E4c305530e199D7217f42808555B\"]", "\"delegates\": []", "batches.delegates")]
    [InlineData("0xe6Cae83BdE06E4c305530e199D7217f42808555B", "0x0000000000000000000000000000000000000000", "batches.delegates[0]")]
    [InlineData(
        "\"0xe6Cae83BdE06E4c305530e199D7217f42808555B\"",
        "\"0xe6Cae83BdE06E4c305530e199D7217f42808555B\", \"0xe6cae83bde06e4c305530e199d7217f42808555b\"", "batches.delegates[1]")]
    [InlineData("0xe6Cae83BdE06E4c305530e199D7217f42808555B", "*", "batches.delegates[0]")]
    [InlineData(", \"calls_max\": \"3\"", "", "batches.calls_max is missing")]
    [InlineData("\"calls_max\": \"3\"", "\"calls_max\": \"0\"", "batches.calls_max")]
    [InlineData("\"calls_max\": \"3\"", "\"calls_max\": \"101\"", "batches.calls_max")]
    [InlineData("\"calls_max\": \"3\"", "\"calls_max\": 3", "batches.calls_max")]
    public void Mistake_in_a_policy_is_refused_with_its_path(string correct, string wrong, string path)
    {
        string json = Policies.Json(extra: Policies.Batches);
        int at = json.IndexOf(correct, StringComparison.Ordinal);
        string mistaken = json[..at] + wrong + json[(at + correct.Length)..];
        SignerStartException refused = Assert.Throws<SignerStartException>(() => Policies.Read(mistaken));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_given_twice_is_refused() => Assert.Throws<SignerStartException>(
        () => Policies.Read(Policies.Json(extra: ", \"max_fee_per_transaction\": \"9\"")));

    [Fact]
    public void Text_that_is_no_json_is_refused() => Assert.Throws<SignerStartException>(() => Policies.Read("{"));
}
