using System.Globalization;
using System.Numerics;

namespace ChainExec.TestKit;

/// <summary>Call data of the test tokens, written by hand so that the tests do not prove the product's encoder with itself.</summary>
public static class TokenCalls
{
    /// <summary><c>mint(address,uint256)</c></summary>
    public static string Mint(string to, BigInteger amount) => "0x40c10f19" + Word(to) + Word(amount);

    /// <summary><c>transfer(address,uint256)</c></summary>
    public static string Transfer(string to, BigInteger amount) => "0xa9059cbb" + Word(to) + Word(amount);

    /// <summary><c>approve(address,uint256)</c></summary>
    public static string Approve(string spender, BigInteger amount) => "0x095ea7b3" + Word(spender) + Word(amount);

    /// <summary><c>transferFrom(address,address,uint256)</c></summary>
    public static string TransferFrom(string from, string to, BigInteger amount) => "0x23b872dd" + Word(from) + Word(to) + Word(amount);

    /// <summary><c>balanceOf(address)</c></summary>
    public static string BalanceOf(string owner) => "0x70a08231" + Word(owner);

    /// <summary><c>setLying(bool)</c> of the false token.</summary>
    public static string SetLying(bool lying) => "0x58b519b0" + Word(lying ? 1 : 0);

    /// <summary><c>setFee(uint256)</c> of the false token, in hundredths of a percent.</summary>
    public static string SetFee(int basisPoints) => "0x69fe0e2d" + Word(basisPoints);

    /// <summary><c>pause()</c></summary>
    public static string Pause() => "0x8456cb59";

    /// <summary><c>unpause()</c></summary>
    public static string Unpause() => "0x3f4ba83a";

    /// <summary><c>blockAccount(address)</c></summary>
    public static string BlockAccount(string account) => "0x7c0a893d" + Word(account);

    /// <summary><c>unblockAccount(address)</c></summary>
    public static string UnblockAccount(string account) => "0x4d78fdc6" + Word(account);

    private static string Word(string address) => address[2..].ToLowerInvariant().PadLeft(64, '0');

    private static string Word(BigInteger value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0').PadLeft(64, '0');
    }
}
