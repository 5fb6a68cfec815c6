namespace ChainExec.TestKit.Simulated;

/// <summary>What a transaction costs before anything runs, as of the Prague fork.</summary>
internal static class Gas
{
    private const ulong Transaction = 21_000;
    private const ulong Creation = 32_000;
    private const ulong CreationWord = 2;
    private const ulong ZeroByte = 4;
    private const ulong Byte = 16;
    private const ulong AccessListAddress = 2_400;
    private const ulong AccessListKey = 1_900;
    private const ulong Authorization = 25_000;
    private const ulong FloorToken = 10;

    public static ulong Intrinsic(SimulatedTransaction transaction)
    {
        ulong creation = transaction.To is null ? Creation + CreationWord * (((ulong)transaction.Data.Length + 31) / 32) : 0;
        return Transaction + creation + DataGas(transaction.Data.Span)
            + AccessListAddress * (ulong)transaction.AccessList.Addresses + AccessListKey * (ulong)transaction.AccessList.Keys
            + Authorization * (ulong)transaction.Authorizations.Count;
    }

    /// <summary>The least that data costs whatever the code does (EIP-7623).</summary>
    public static ulong Floor(SimulatedTransaction transaction)
    {
        ulong zeros = (ulong)transaction.Data.Span.Count((byte)0);
        ulong others = (ulong)transaction.Data.Length - zeros;
        return Transaction + FloorToken * (zeros + 4 * others);
    }

    private static ulong DataGas(ReadOnlySpan<byte> data)
    {
        ulong zeros = (ulong)data.Count((byte)0);
        return ZeroByte * zeros + Byte * ((ulong)data.Length - zeros);
    }
}
