using System.Collections.Frozen;

namespace ChainExec.Storage;

/// <summary>Every legal move of one state machine, as data. A pair that is not listed is a bug and throws.</summary>
internal sealed class TransitionTable<TState, TEvent>
    where TState : struct, Enum
    where TEvent : struct, Enum
{
    private readonly FrozenDictionary<(TState From, TEvent Event), TState> _moves;

    /// <param name="compensation">The one event that may take a final state back.</param>
    /// <exception cref="ArgumentException">The table contradicts itself: a pair listed twice, or a move out of a final state.</exception>
    public TransitionTable(
        TState initial, IReadOnlyList<TState> final, IReadOnlyList<(TState From, TEvent Event, TState To)> rows,
        TEvent? compensation = null)
    {
        Initial = initial;
        Final = final;
        Rows = rows;
        Compensation = compensation;
        _moves = rows.ToFrozenDictionary(row => (row.From, row.Event), row => row.To);
        if (_moves.Count != rows.Count)
            throw new ArgumentException("A pair of state and event is listed twice.", nameof(rows));
        if (rows.Any(row => final.Contains(row.From) != row.Event.Equals(compensation)))
            throw new ArgumentException("A final state has a move.", nameof(rows));
    }

    public TState Initial { get; }

    public IReadOnlyList<TState> Final { get; }

    public IReadOnlyList<(TState From, TEvent Event, TState To)> Rows { get; }

    public TEvent? Compensation { get; }

    public bool IsFinal(TState state) => Final.Contains(state);

    public bool Allows(TState from, TEvent happened) => _moves.ContainsKey((from, happened));

    /// <exception cref="IllegalMoveException">The move is not in the table.</exception>
    public TState Move(TState from, TEvent happened) =>
        _moves.TryGetValue((from, happened), out TState to)
            ? to
            : throw new IllegalMoveException($"{typeof(TState).Name} {EnumText.Of(from)} has no move for {EnumText.Of(happened)}.");
}

/// <summary>A state machine was asked for a move that its table does not list: a bug, never data.</summary>
internal sealed class IllegalMoveException(string message) : InvalidOperationException(message);

/// <summary>A compare-and-set found another state or a newer lease than the caller had read: somebody else moved first.</summary>
internal sealed class StaleWriteException(string message) : Exception(message);
