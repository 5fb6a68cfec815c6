using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Journal;

public sealed class JournalFileTests : IDisposable
{
    private readonly TestSigner _signer = new();

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task Record_torn_at_any_byte_is_removed_and_the_ones_before_it_stay()
    {
        SignedBytes first = await _signer.SignAsync(new Ask());
        int whole = ReadJournal().Length;
        await _signer.SignAsync(new Ask { Nonce = 1, Family = "F2" });
        byte[] both = ReadJournal();

        for (int length = whole + 1; length < both.Length; length += 7)
        {
            _signer.Stop();
            File.WriteAllBytes(_signer.JournalPath, both[..length]);
            _signer.Start();
            Assert.Equal((whole, 1), (ReadJournal().Length, _signer.Service.JournalEntries));
        }

        Assert.Equal(first.Hash, (await _signer.SignAsync(new Ask())).Hash);
        Assert.Contains(_signer.JournalLog.Lines, line => line.Contains("cut off by a crash", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Journal_goes_on_after_a_torn_record_was_removed()
    {
        await _signer.SignAsync(new Ask());
        byte[] whole = ReadJournal();
        _signer.Stop();
        File.WriteAllBytes(_signer.JournalPath, whole[..^1]);
        _signer.Start();
        await _signer.SignAsync(new Ask());
        _signer.Restart();
        Assert.Equal(whole, ReadJournal());
    }

    [Fact]
    public void Journal_torn_in_its_first_record_starts_anew()
    {
        byte[] whole = ReadJournal();
        _signer.Stop();
        File.WriteAllBytes(_signer.JournalPath, whole[..50]);
        _signer.Start();
        Assert.Equal(0, _signer.Service.JournalEntries);
    }

    [Fact]
    public async Task Changed_byte_anywhere_stops_the_start_and_changes_nothing()
    {
        await _signer.SignAsync(new Ask());
        await _signer.SignAsync(new Ask { Nonce = 1, Family = "F2" });
        byte[] whole = ReadJournal();
        _signer.Stop();

        for (int i = 0; i < whole.Length; i += 11)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= 0x01;
            File.WriteAllBytes(_signer.JournalPath, damaged);
            Assert.Throws<JournalException>(_signer.Start);
            Assert.Equal(damaged, ReadJournal());
        }
    }

    [Fact]
    public async Task Damaged_terminator_of_the_last_record_is_no_torn_record()
    {
        await _signer.SignAsync(new Ask());
        byte[] damaged = ReadJournal();
        damaged[^1] = (byte)' ';
        _signer.Stop();
        File.WriteAllBytes(_signer.JournalPath, damaged);
        Assert.Throws<JournalException>(_signer.Start);
    }

    [Fact]
    public async Task Removed_record_stops_the_start()
    {
        await _signer.SignAsync(new Ask());
        await _signer.SignAsync(new Ask { Nonce = 1, Family = "F2" });
        _signer.Stop();
        string[] lines = File.ReadAllLines(_signer.JournalPath);
        File.WriteAllText(_signer.JournalPath, $"{lines[0]}\n{lines[2]}\n");
        Assert.Throws<JournalException>(_signer.Start);
    }

    [Fact]
    public async Task Garbage_at_the_end_stops_the_start()
    {
        await _signer.SignAsync(new Ask());
        _signer.Stop();
        File.AppendAllText(_signer.JournalPath, "garbage");
        Assert.Throws<JournalException>(_signer.Start);
    }

    [Fact]
    public void Second_signer_on_one_journal_does_not_start()
    {
        var index = new JournalIndex();
        Assert.Throws<JournalException>(
            () => JournalFile.Open(_signer.JournalPath, _signer.Clock, _signer.JournalLog, index.Apply));
    }

    [Fact]
    public void Identity_stays_over_restarts()
    {
        string id = _signer.JournalId;
        _signer.Restart();
        Assert.Equal(id, _signer.JournalId);
    }

    [Fact]
    public async Task Every_kind_of_record_reads_back_as_it_was_written()
    {
        SignedBytes own = await _signer.SignAsync(new Ask());
        await _signer.RefuseAsync(new Ask { Nonce = 1, Family = "F2", Amount = 5_000 });
        await _signer.ResolveAsync(new Ask(), SlotOutcome.Reverted, own.Hash);
        _signer.Stop();

        var first = new List<string>();
        using (JournalFile.Open(_signer.JournalPath, _signer.Clock, _signer.JournalLog, record => first.Add(Text(record))))
        {
        }

        Assert.Equal(3, first.Count);
        Assert.Contains(own.Hash.ToString(), first[0], StringComparison.Ordinal);
        Assert.Contains("max_per_call", first[1], StringComparison.Ordinal);
        Assert.Contains("Reverted", first[2], StringComparison.Ordinal);
    }

    [Fact]
    public void File_is_for_its_owner_only() =>
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_signer.JournalPath));

    private byte[] ReadJournal()
    {
        // The running signer holds the lock that ordinary opening respects, so this reads around it.
        bool running = _signer.IsRunning;
        if (running)
            _signer.Stop();
        byte[] content = File.ReadAllBytes(_signer.JournalPath);
        if (running)
            _signer.Start();
        return content;
    }

    private static string Text(JournalRecord record) => record.ToString();
}
