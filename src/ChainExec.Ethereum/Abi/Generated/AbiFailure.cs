namespace ChainExec.Ethereum.Abi.Generated;

/// <summary>
/// Why generated code refused bytes. Made of constants only: refusing a log that is not ours costs no allocation, whoever floods us with
/// them; the sentence is put together when somebody wants to read it.
/// </summary>
public readonly struct AbiFailure
{
    internal const string DirtyWord = "A word is no {0}: its padding is dirty";

    private const string Gap = "{0}";

    private readonly string? _problem;
    private readonly string? _subject;
    private readonly int _topicAndOne;

    internal AbiFailure(string problem, string? subject, int position, int topic = -1)
    {
        _problem = problem;
        _subject = subject;
        _topicAndOne = topic + 1;
        Position = position;
    }

    /// <summary>Where: the byte of the bytes that were given; 0 when it is a topic.</summary>
    public int Position { get; }

    /// <summary>What is wrong, in a sentence.</summary>
    public string Message
    {
        get
        {
            string problem = (_problem ?? "Nothing is wrong").Replace(Gap, _subject, StringComparison.Ordinal);
            return _topicAndOne == 0 ? problem : $"Topic {_topicAndOne - 1}: {problem}";
        }
    }

    /// <summary>The topics of a log are not those of the event.</summary>
    public static AbiFailure OtherEvent(string signature) =>
        new("The topics are not those of {0} with its indexed parameters", signature, 0);

    /// <summary>Call or revert data starts with another selector.</summary>
    public static AbiFailure OtherSelector(string signature) => new("The data does not start with the selector of {0}", signature, 0);

    /// <summary>The exception that the strict decoders throw.</summary>
    public AbiException ToException() => new(Message, Position);
}
