namespace ChainExec.Flows.Definitions;

/// <summary>How long a rule waits before its expiry branch fires: a span of time, or business days of a rail.</summary>
internal sealed record Wait
{
    private Wait(TimeSpan span, int businessDays, RailCalendar? calendar) =>
        (Span, BusinessDays, Calendar) = (span, businessDays, calendar);

    public TimeSpan Span { get; }

    public int BusinessDays { get; }

    public RailCalendar? Calendar { get; }

    public static Wait Minutes(int minutes) => Of(TimeSpan.FromMinutes(minutes));

    public static Wait Hours(int hours) => Of(TimeSpan.FromHours(hours));

    public static Wait Days(int days) => Of(TimeSpan.FromDays(days));

    /// <summary>Above zero and at most a year.</summary>
    public static Wait Of(TimeSpan span) =>
        span > TimeSpan.Zero && span <= TimeSpan.FromDays(366)
            ? new Wait(span, 0, calendar: null)
            : throw new ArgumentOutOfRangeException(nameof(span));

    /// <summary>1 to 60 business days of a rail, counted from its next cut-off.</summary>
    public static Wait Business(int days, RailCalendar calendar) =>
        days is >= 1 and <= 60 ? new Wait(TimeSpan.Zero, days, calendar) : throw new ArgumentOutOfRangeException(nameof(days));

    /// <summary>When the wait is over that begins at this moment. Depends on nothing else.</summary>
    public DateTimeOffset EndsAt(DateTimeOffset begins) => Calendar?.After(begins, BusinessDays) ?? begins + Span;

    public override string ToString() => Calendar is null
        ? Span.ToString("c", System.Globalization.CultureInfo.InvariantCulture)
        : $"{BusinessDays} business days of {Calendar.Name} v{Calendar.Version}";
}
