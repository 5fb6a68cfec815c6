namespace ChainExec.Ethereum;

/// <summary>The lanes of the sponge; <c>Lyx</c> is the lane in plane y and column x, and the order of the fields that of the bytes.</summary>
internal struct KeccakState
{
    internal ulong L00, L01, L02, L03, L04;
    internal ulong L10, L11, L12, L13, L14;
    internal ulong L20, L21, L22, L23, L24;
    internal ulong L30, L31, L32, L33, L34;
    internal ulong L40, L41, L42, L43, L44;
}
