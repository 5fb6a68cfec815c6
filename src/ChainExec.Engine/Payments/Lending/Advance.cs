namespace ChainExec.Payments.Lending;

/// <summary>What a customer was lent against money that is on its way, as far as it is not paid back.</summary>
/// <param name="Principal">What was credited.</param>
/// <param name="Fee">What it costs; earned when it is paid.</param>
internal sealed record Advance(TokenAmount Principal, TokenAmount Fee);
