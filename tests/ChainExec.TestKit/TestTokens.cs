namespace ChainExec.TestKit;

/// <summary>
/// The tokens that <see cref="DevNode.DeployTokensAsync"/> deploys: contract addresses in EIP-55 spelling, 6 decimals each.
/// </summary>
/// <param name="Tusd">The test dollar: permit, blocklist, pause; minted by <paramref name="Owner"/>.</param>
/// <param name="TusdProxied">The same behind an ERC-1967 proxy.</param>
/// <param name="False">A token that lies when switched on (<c>setLying(bool)</c>) and can take a fee (<c>setFee(uint256)</c>).</param>
/// <param name="Owner">Development account 0, which may mint, block and pause.</param>
public sealed record TestTokens(string Tusd, string TusdProxied, string False, string Owner);
