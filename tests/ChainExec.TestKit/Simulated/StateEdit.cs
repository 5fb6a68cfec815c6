namespace ChainExec.TestKit.Simulated;

/// <summary>
/// A change of state from outside, which no transaction made: a test gives an account coin or pauses a token. It is the test's wish and not
/// a block's, so it outlives the block it was made in.
/// </summary>
internal sealed record StateEdit(Func<WorldState, WorldState> Apply);
