using ChainExec.Execution;
using ChainExec.Storage;
using Xunit;

namespace ChainExec.Engine.Tests.Storage;

public sealed class EnumTextTests
{
    [Theory]
    [InlineData(SlotState.Reserved, "reserved")]
    [InlineData(SlotState.BroadcastUnknown, "broadcast_unknown")]
    [InlineData(SlotEvent.ForeignOrphanedBroadcastUnknown, "foreign_orphaned_broadcast_unknown")]
    public void A_member_is_its_name_in_snake_case(Enum value, string text) => Assert.Equal(text, EnumText.Of(value));

    [Fact]
    public void Every_member_reads_back_as_itself() =>
        Assert.All(Enum.GetValues<SlotEvent>(), value => Assert.Equal(value, EnumText.Parse<SlotEvent>(EnumText.Of(value))));

    [Theory]
    [InlineData("")]
    [InlineData("Reserved")]
    [InlineData("0")]
    [InlineData("reserved ")]
    [InlineData("signed,mined")]
    public void A_text_that_no_member_has_is_refused(string text) =>
        Assert.Throws<ArgumentException>(() => EnumText.Parse<SlotState>(text));

    [Fact]
    public void A_number_that_no_member_has_never_becomes_a_stored_state() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EnumText.Of((SlotState)99));
}
