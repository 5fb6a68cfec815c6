namespace ChainExec.Flows.Definitions;

/// <summary>
/// When a payment rail works: time zone, cut-off and holidays. It is data with a version, and a definition's fingerprint names the version:
/// the days of a flow that waits do not change under it.
/// </summary>
/// <param name="Name">Of the rail, in lower case.</param>
/// <param name="Version">Counts up with every change of the data.</param>
/// <param name="TimeZone">An IANA time zone.</param>
/// <param name="CutOff">Local time: what comes later counts for the next business day.</param>
/// <param name="Holidays">Days besides Saturdays and Sundays on which the rail rests.</param>
internal sealed record RailCalendar(string Name, int Version, string TimeZone, TimeOnly CutOff, IReadOnlySet<DateOnly> Holidays)
{
    // A rail that rests longer than this in a row is a mistake in the data, not a calendar.
    private const int RestDaysMax = 31;

    /// <summary>Federal Reserve holidays; the last ACH window of the day.</summary>
    public static RailCalendar Ach { get; } = new(
        "ach", Version: 1, "America/New_York", new TimeOnly(16, 45),
        new HashSet<DateOnly>
        {
            new(2026, 1, 1), new(2026, 1, 19), new(2026, 2, 16), new(2026, 5, 25), new(2026, 6, 19), new(2026, 9, 7), new(2026, 10, 12),
            new(2026, 11, 11), new(2026, 11, 26), new(2026, 12, 25), new(2027, 1, 1), new(2027, 1, 18), new(2027, 2, 15),
            new(2027, 5, 31), new(2027, 6, 18), new(2027, 7, 5), new(2027, 9, 6), new(2027, 10, 11), new(2027, 11, 11),
            new(2027, 11, 25), new(2027, 12, 24),
        });

    public bool IsBusinessDay(DateOnly day) =>
        day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !Holidays.Contains(day);

    /// <summary>The cut-off of the n-th business day after the one that the moment counts for.</summary>
    public DateTimeOffset After(DateTimeOffset moment, int businessDays)
    {
        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(TimeZone);
        DateTimeOffset local = TimeZoneInfo.ConvertTime(moment, zone);
        DateOnly day = DateOnly.FromDateTime(local.DateTime);
        if (TimeOnly.FromDateTime(local.DateTime) > CutOff)
            day = day.AddDays(1);
        day = BusinessDayFrom(day);
        for (int counted = 0; counted < businessDays; counted++)
            day = BusinessDayFrom(day.AddDays(1));
        DateTime due = day.ToDateTime(CutOff, DateTimeKind.Unspecified);
        return new DateTimeOffset(due, zone.GetUtcOffset(due)).ToUniversalTime();
    }

    private DateOnly BusinessDayFrom(DateOnly day)
    {
        for (int rested = 0; rested <= RestDaysMax; rested++)
        {
            if (IsBusinessDay(day.AddDays(rested)))
                return day.AddDays(rested);
        }

        throw new InvalidOperationException($"{Name} rests for more than {RestDaysMax} days from {day:O} on.");
    }
}
