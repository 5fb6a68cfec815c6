using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

public sealed class PublicIdTests
{
    private const string Hex = "0197a1b2c3d47e5f8a9b0c1d2e3f4a5b";
    private static readonly Guid Value = Guid.ParseExact(Hex, "n");

    [Fact]
    public void An_id_reads_back_as_itself()
    {
        Assert.Equal("int_" + Hex, PublicId.Format("int", Value));
        Assert.True(PublicId.TryParse("int", "int_" + Hex, out Guid parsed));
        Assert.Equal(Value, parsed);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("int")]
    [InlineData("int_")]
    [InlineData(Hex)]
    [InlineData("call_" + Hex)]
    [InlineData("inx_" + Hex)]
    [InlineData("INT_" + Hex)]
    [InlineData("int-" + Hex)]
    [InlineData("int_0197A1B2C3D47E5F8A9B0C1D2E3F4A5B")]
    [InlineData("int_" + Hex + "0")]
    [InlineData("int_ 197a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    [InlineData("int_0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")]
    public void Any_other_text_is_refused(string? text) => Assert.False(PublicId.TryParse("int", text, out _));

    [Fact]
    public void Ids_sort_by_their_time_of_creation_inside_and_outside()
    {
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        List<Guid> ids = [.. Enumerable.Range(0, 200).Select(step => Guid.CreateVersion7(start.AddMilliseconds(step * 7919)))];
        List<string> texts = [.. ids.Select(id => PublicId.Format("int", id))];

        Assert.Equal(texts, texts.Order(StringComparer.Ordinal));
        Assert.Equal(ids, ids.Order());
    }
}
