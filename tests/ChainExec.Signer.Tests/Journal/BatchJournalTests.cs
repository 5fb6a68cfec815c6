using System.Text;
using System.Text.RegularExpressions;
using ChainExec.Ethereum;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests.Journal;

/// <summary>Batches and delegations in the journal, and journals from before there were any.</summary>
public sealed class BatchJournalTests : IDisposable
{
    // Written by the signer before it knew of batches: F1 signed on nonce 0, F9 refused on nonce 1.
    private static readonly string s_old = Path.Combine(AppContext.BaseDirectory, "Journal", "before-batches.journal");

    private static readonly Ask s_batch = Ask.Batch("B", new Ask(), new Ask { Family = "F2" });

    private readonly TestSigner _signer = new(Policies.Json(extra: Policies.Batches));

    public void Dispose() => _signer.Dispose();

    [Fact]
    public async Task Journal_that_an_older_signer_wrote_is_read_and_answered_from()
    {
        _signer.Stop();
        File.Copy(s_old, _signer.JournalPath, overwrite: true);
        _signer.Start();
        var again = Assert.IsType<SignOutcome.Signed>(await _signer.AskAsync(new Ask()));
        Assert.Equal(
            (true, "0xe2d2331d7d2fd2305c84fca81ed2f378bfcb164d352593581152d9e225c4d9b7"), (again.Replayed, again.Bytes.Hash.ToString()));
        Assert.Equal(RefusalCode.FamilyUnresolved, (await _signer.RefuseAsync(s_batch with { Nonce = 1 })).Code);
        Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(Ask.Batch("B2", new Ask { Family = "F3" }))).Code);
        Assert.Equal(RefusalCode.PreviouslyRefused, (await _signer.RefuseAsync(new Ask { Family = "F9", Nonce = 1 })).Code);
    }

    [Fact]
    public async Task Payment_is_written_as_an_older_signer_wrote_it()
    {
        await _signer.SignAsync(new Ask());
        await _signer.RefuseAsync(new Ask { Family = "F9", Nonce = 1, Amount = 1_001 });
        _signer.Stop();
        Assert.Equal(Lines(s_old).Skip(1).Select(WithoutTime), Lines(_signer.JournalPath).Skip(1).Select(WithoutTime));
    }

    [Fact]
    public async Task Batch_reads_back_as_it_was_written()
    {
        await _signer.SignAsync(s_batch);
        await _signer.RefuseAsync(Ask.Batch("B2", new Ask { Family = "F3", Nonce = 1 }, new Ask { Family = "F4", Amount = 1_001 }));
        _signer.Stop();
        var records = new List<SlotRecord>();
        using (JournalFile.Open(_signer.JournalPath, _signer.Clock, _signer.JournalLog, record => records.Add((SlotRecord)record)))
        {
        }

        Assert.Equal(
            ["B F1 F2 True", "B2 F3 F4 False"], records.Select(record => $"{string.Join(' ', record.Families)} {record.IsSigned}"));
        for (int i = 0; i < records.Count; i++)
        {
            byte[] json = JournalCodec.Write(7, records[i]);
            Assert.Equal(json, JournalCodec.Write(7, JournalCodec.Read(7, json)));
        }
    }

    [Fact]
    public async Task Batch_torn_at_any_byte_never_was_and_leaves_its_members_free()
    {
        int whole = Content().Length;
        await _signer.SignAsync(s_batch);
        byte[] both = Content();
        for (int length = whole + 1; length < both.Length; length += 101)
        {
            _signer.Stop();
            File.WriteAllBytes(_signer.JournalPath, both[..length]);
            _signer.Start();
            Assert.Equal((whole, 0), (Content().Length, _signer.Service.JournalEntries));
        }

        await _signer.SignAsync(new Ask { Nonce = 1 });
    }

    [Fact]
    public async Task Member_that_was_renamed_in_the_file_stops_the_start()
    {
        await _signer.SignAsync(s_batch);
        _signer.Stop();
        string text = File.ReadAllText(_signer.JournalPath);
        Assert.Contains("\"members\":[\"F1\",\"F2\"]", text, StringComparison.Ordinal);
        File.WriteAllText(_signer.JournalPath, text.Replace("[\"F1\",\"F2\"]", "[\"F1\",\"F3\"]", StringComparison.Ordinal));
        Assert.Throws<JournalException>(_signer.Start);
    }

    /// <summary>Whole, linked lines of a signer that is not this one.</summary>
    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("\"F1\"")]
    [InlineData("[1]")]
    public async Task Members_that_this_signer_does_not_write_stop_the_start(string members)
    {
        await _signer.SignAsync(s_batch);
        _signer.Stop();
        string[] lines = [.. Lines(_signer.JournalPath).Select(line => line.Replace("[\"F1\",\"F2\"]", members, StringComparison.Ordinal))];
        Write(lines);
        Assert.Throws<JournalException>(_signer.Start);
    }

    [Fact]
    public async Task Members_of_a_fill_stop_the_start()
    {
        await _signer.SignAsync(s_batch);
        _signer.Stop();
        Write([.. Lines(_signer.JournalPath)
            .Select(line => line.Replace("\"purpose\":\"intent\"", "\"purpose\":\"fill\"", StringComparison.Ordinal))]);
        Assert.Throws<JournalException>(_signer.Start);
    }

    [Fact]
    public async Task Delegation_reads_back_as_it_was_written_and_takes_payments_from_both_its_nonces()
    {
        var record = new DelegatedRecord(
            _signer.Clock.Now, new Delegation(new SlotKey(31337, Ask.Alice, 3), Ask.Bob), Keccak256.Hash("digest"u8),
            new SignedBytes(new byte[] { 4, 1 }, Keccak256.Hash("tx"u8)));
        _signer.Stop();
        using (JournalFile journal = JournalFile.Open(_signer.JournalPath, _signer.Clock, _signer.JournalLog, _ => { }))
        {
            journal.Append(record);
            journal.Sync();
        }

        byte[] json = JournalCodec.Write(5, record);
        Assert.Equal(json, JournalCodec.Write(5, JournalCodec.Read(5, json)));
        _signer.Start();
        foreach (ulong nonce in new ulong[] { 3, 4 })
        {
            SignOutcome.Refused refused = await _signer.RefuseAsync(new Ask { Nonce = nonce });
            Assert.Equal((RefusalCode.NonceTaken, false), (refused.Code, refused.Recorded));
            Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(s_batch with { Nonce = nonce })).Code);
            await _signer.SignAsync(new Ask { Nonce = nonce }.AsFill($"fill-{nonce}"));
            Assert.Equal(RefusalCode.NonceTaken, (await _signer.RefuseAsync(new Ask { Nonce = nonce })).Code);
        }

        await _signer.SignAsync(new Ask { Nonce = 2 });
        await _signer.SignAsync(new Ask { Nonce = 5, Family = "F5" });
    }

    private byte[] Content()
    {
        _signer.Stop();
        byte[] content = File.ReadAllBytes(_signer.JournalPath);
        _signer.Start();
        return content;
    }

    private static string[] Lines(string path) => [.. File.ReadLines(path).Select(line => line[JournalFrame.HeaderBytes..])];

    private static string WithoutTime(string line) => Regex.Replace(line, "\"at\":\"[^\"]*\"", "");

    private void Write(IEnumerable<string> lines)
    {
        _signer.Stop();
        using var file = new MemoryStream();
        Hash32 link = default;
        foreach (byte[] json in lines.Select(Encoding.UTF8.GetBytes))
        {
            link = JournalFrame.Link(link, json);
            file.Write(JournalFrame.Build(link, json));
        }

        File.WriteAllBytes(_signer.JournalPath, file.ToArray());
    }
}
