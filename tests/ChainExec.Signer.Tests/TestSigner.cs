using ChainExec.Ethereum;
using ChainExec.Signer.Commands;
using ChainExec.Signer.Journal;
using ChainExec.Signer.Keys;
using ChainExec.Signer.Signing;

namespace ChainExec.Signer.Tests;

/// <summary>The production signing service on a real journal file, without the socket; can be restarted.</summary>
internal sealed class TestSigner : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private KeyRing? _keys;
    private JournalFile? _journal;
    private SigningService? _service;

    public TestSigner(string? policy = null)
    {
        Policy = policy ?? Policies.Json();
        Start();
    }

    public FixedClock Clock { get; } = new();

    public CollectingLogger<SigningService> Log { get; } = new();

    public CollectingLogger<JournalFile> JournalLog { get; } = new();

    public string Policy { get; set; }

    /// <summary>Alice's authenticator; from the next start on she approves each effect.</summary>
    public byte[]? OtpSecretBytes { get; set; }

    public string JournalPath => _folder.Path("journal");

    public string JournalId => _journal!.Id;

    public bool IsRunning => _service is not null;

    public SigningService Service => _service!;

    public void Restart()
    {
        Stop();
        Start();
    }

    public void Stop()
    {
        _journal?.Dispose();
        _keys?.Dispose();
        (_service, _journal, _keys) = (null, null, null);
    }

    public void Start()
    {
        var index = new JournalIndex();
        _journal = JournalFile.Open(JournalPath, Clock, JournalLog, index.Apply);
        _keys = KeyRing.Of(Ask.AliceKey());
        if (OtpSecretBytes is not null)
            _keys.Enrol(Ask.Alice, OtpSecret.FromBytes(OtpSecretBytes));
        Enrolment.Check(_keys, _journal, index, Clock.GetUtcNow());
        _service = new SigningService(_keys, Policies.Read(Policy), _journal, index, Clock, Log);
    }

    /// <summary>As an operator does: the signer is stopped, and started afterwards whatever came of it.</summary>
    public string Unlock()
    {
        Stop();
        string[] names = ["--journal", "--account", "--by", "--reason"];
        try
        {
            using var output = new StringWriter();
            JournalCommands.Unlock(
                CommandArguments.Parse(
                    ["--journal", JournalPath, "--account", Ask.Alice.ToString(), "--by", "operator", "--reason", "called back"],
                    _ => null, names),
                Clock, output);
            return output.ToString();
        }
        finally
        {
            Start();
        }
    }

    public Task<SignOutcome> AskAsync(Ask ask) => Service.SignAsync(ask.Command, TestContext.Current.CancellationToken);

    public async Task<SignedBytes> SignAsync(Ask ask) => Assert.IsType<SignOutcome.Signed>(await AskAsync(ask)).Bytes;

    public async Task<SignOutcome.Refused> RefuseAsync(Ask ask) => Assert.IsType<SignOutcome.Refused>(await AskAsync(ask));

    /// <summary>Signatures in the journal.</summary>
    public int SignedCount()
    {
        int count = 0;
        Stop();
        using (JournalFile.Open(JournalPath, Clock, JournalLog, record => count += record is SlotRecord { IsSigned: true } ? 1 : 0))
        {
        }

        Start();
        return count;
    }

    public Task<ResolveOutcome> ResolveAsync(Ask ask, SlotOutcome outcome, Hash32? transaction) => Service.ResolveAsync(
        new ResolvedRecord(default, ask.Command.Slot, ask.Family, outcome, Keccak256.Hash("block"u8), 7, transaction),
        TestContext.Current.CancellationToken);

    public void Dispose()
    {
        Stop();
        _folder.Dispose();
    }
}
