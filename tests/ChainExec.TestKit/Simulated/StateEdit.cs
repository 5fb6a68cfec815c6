namespace ChainExec.TestKit.Simulated;

/// <summary>
/// A change of state from outside, which no transaction made: a test gives an account coin or pauses a token. It is the test's wish and not
/// a block's, so it outlives the block it was made in.
/// </summary>
internal sealed record StateEdit(Func<WorldState, WorldState> Apply);

/// <summary>All edits of a chain, and those that its present branch does not hold yet.</summary>
internal sealed class StateEdits
{
    private readonly List<StateEdit> _all = [];
    private readonly List<StateEdit> _missing = [];

    /// <summary>Changes the head's state at once.</summary>
    public void Make(SimulatedBlock head, Func<WorldState, WorldState> change)
    {
        var edit = new StateEdit(change);
        _all.Add(edit);
        Apply(head, edit);
    }

    /// <summary>The chain has taken another branch: finds what that one does not hold.</summary>
    public void Follow(IReadOnlyList<SimulatedBlock> canonical)
    {
        HashSet<StateEdit> present = [.. canonical.SelectMany(block => block.Edits)];
        _missing.Clear();
        _missing.AddRange(_all.Where(edit => !present.Contains(edit)));
    }

    /// <summary>The state that the next block starts from.</summary>
    public WorldState Before(SimulatedBlock parent) => _missing.Aggregate(parent.State, (state, edit) => edit.Apply(state));

    /// <summary>A block was built on that state and holds what was missing.</summary>
    public void HeldBy(SimulatedBlock block)
    {
        block.Edits.AddRange(_missing);
        _missing.Clear();
    }

    /// <summary>Puts what is missing into a block that exists already.</summary>
    public void ApplyTo(SimulatedBlock block)
    {
        foreach (StateEdit edit in _missing)
            Apply(block, edit);
        _missing.Clear();
    }

    private static void Apply(SimulatedBlock block, StateEdit edit)
    {
        block.State = edit.Apply(block.State);
        block.Edits.Add(edit);
    }
}
