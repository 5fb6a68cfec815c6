using System.Text;
using ChainExec.Ethereum.Crypto;
using ChainExec.Signer.Commands;

namespace ChainExec.Signer.Tests.Commands;

public sealed class KeyCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Imported_key_is_encrypted_in_a_file_and_only_its_address_is_printed()
    {
        string printed = Import("0x" + Ask.AliceKeyHex + "\n");
        string json = File.ReadAllText(_folder.Path("keys/hot.json"));
        using PrivateKey key = Keystore.Decrypt(json, Encoding.UTF8.GetBytes("password"));
        Assert.Equal((Ask.Alice.ToString(), Ask.Alice), (printed.Trim(), key.Address));
        Assert.DoesNotContain(Ask.AliceKeyHex, json, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Existing_key_is_never_overwritten()
    {
        Import(Ask.AliceKeyHex);
        string before = File.ReadAllText(_folder.Path("keys/hot.json"));
        Assert.Throws<SignerStartException>(() => Import(new string('b', 64)));
        Assert.Equal(before, File.ReadAllText(_folder.Path("keys/hot.json")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a1")]
    [InlineData("zz1111111111111111111111111111111111111111111111111111111111111111")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void Input_that_is_no_key_is_refused_without_quoting_it(string input)
    {
        SignerStartException refused = Assert.Throws<SignerStartException>(() => Import(input));
        Assert.DoesNotContain("1111", refused.Message, StringComparison.Ordinal);
    }

    private string Import(string input)
    {
        string password = _folder.Write("password", "password\n");
        CommandArguments arguments = CommandArguments.Parse(
            ["--keystore", _folder.Path("keys"), "--password-file", password, "--name", "hot", "--cost", "light"], _ => null,
            "--keystore", "--password-file", "--name", "--cost");
        using var output = new StringWriter();
        KeyCommands.Import(arguments, new StringReader(input), output);
        return output.ToString();
    }
}
