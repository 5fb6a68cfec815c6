using System.Text;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Signer.Journal;

namespace ChainExec.Signer.Tests;

public sealed class SignerProcessTests : IAsyncLifetime
{
    private readonly SignerProcess _signer = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _signer.DisposeAsync();

    [Fact]
    public async Task Engines_client_signs_resolves_and_reads_the_journal_over_the_socket()
    {
        await _signer.StartAsync();
        using SignerClient client = _signer.Client();

        var signed = Assert.IsType<SignResult.Signed>(await client.SignAsync(new Ask().ToRequest(), Token));
        var again = Assert.IsType<SignResult.Signed>(await client.SignAsync(new Ask().ToRequest(), Token));
        var taken = Assert.IsType<SignResult.Refused>(await client.SignAsync(new Ask { Family = "F2" }.ToRequest(), Token));
        var policy = Assert.IsType<SignResult.Refused>(await client.SignAsync(
            new Ask { Family = "F3", Nonce = 1, Amount = 1_001 }.ToRequest(), Token));
        Assert.IsType<SignResult.Signed>(await client.SignAsync(new Ask().AsFill("fill-1").ToRequest(), Token));
        ResolveResult resolved = await client.ResolveAsync(
            new SlotResolution(
                31337, Ask.Alice, 0, "F1", SlotOutcome.Succeeded, new SlotEvidence(Keccak256.Hash("b"u8), 9, signed.Hash)),
            Token);

        Assert.Equal((true, signed.Hash), (again.Replayed, again.Hash));
        Assert.Equal((SignRefusal.NonceTaken, signed.Hash), (taken.Code, taken.Conflict!.TransactionHash));
        Assert.Equal((SignRefusal.PolicyRefused, true), (policy.Code, policy.Recorded));
        Assert.Equal(new ResolveResult.Recorded(false), resolved);

        SignerJournalPage first = await client.JournalAsync(new SignerJournalQuery(31337, Ask.Alice, 0, 2), Token);
        SignerJournalPage second = await client.JournalAsync(new SignerJournalQuery(31337, Ask.Alice, 0, 2, first.Next), Token);
        Assert.Equal(
            [("F1", 0UL, SignerJournalKind.Signed, (SlotOutcome?)SlotOutcome.Succeeded), ("fill-1", 0UL, SignerJournalKind.Signed, null),
                ("F3", 1UL, SignerJournalKind.Refused, null)],
            first.Entries.Concat(second.Entries).Select(entry => (entry.Family, entry.Nonce, entry.Kind, entry.Resolved)));
        Assert.Null(second.Next);

        SignerHealth health = await client.HealthAsync(Token);
        Assert.StartsWith("jrn_", health.JournalId, StringComparison.Ordinal);
        Assert.Equal(("ok", 4L, Ask.Alice), (health.Status, health.JournalEntries, Assert.Single(health.Accounts)));
    }

    [Fact]
    public async Task Account_whose_authenticator_file_was_lost_is_not_signed_for_without_its_owner()
    {
        string[] enrol =
        [
            "enrol", "--keystore", _signer.Folder.Path("keys"), "--password-file", _signer.Folder.Path("password"),
            "--account", Ask.Alice.ToString(), "--cost", "light",
        ];
        Assert.Equal(0, await _signer.RunToEndAsync(enrol));
        await _signer.StartAsync();
        Assert.Equal(0, await _signer.StopAsync());

        File.Delete(Assert.Single(Directory.GetFiles(_signer.Folder.Path("keys"), "*.otp")));
        Assert.Equal(1, await _signer.RunToEndAsync());
        Assert.Contains(_signer.Output, line => line.Contains("enrol the account again", StringComparison.Ordinal));
        Assert.Equal(0, await _signer.RunToEndAsync(enrol));
        await _signer.StartAsync();
    }

    [Fact]
    public async Task Killed_after_the_journal_and_before_the_answer_it_gives_the_same_bytes_after_a_restart()
    {
        await _signer.StartAsync(killAt: KillPoint.Journalled);
        using SignerClient client = _signer.Client();
        await Assert.ThrowsAsync<SignerUnavailableException>(() => client.SignAsync(new Ask().ToRequest(), Token));
        Assert.Equal(128 + 9, await _signer.ExitAsync());

        var journalled = new List<JournalRecord>();
        using (JournalFile.Open(_signer.Folder.Path("journal"), TimeProvider.System, new CollectingLogger<JournalFile>(), journalled.Add))
        {
        }

        await _signer.StartAsync();
        var signed = Assert.IsType<SignResult.Signed>(await client.SignAsync(new Ask().ToRequest(), Token));
        SignedBytes before = Assert.IsType<SlotRecord>(Assert.Single(journalled)).Signature!;
        Assert.Equal((true, before.Hash), (signed.Replayed, signed.Hash));
        Assert.Equal(before.Raw.ToArray(), signed.Raw.ToArray());
    }

    [Fact]
    public async Task Engines_client_has_a_batch_signed_and_reads_its_members()
    {
        await _signer.StartAsync();
        using SignerClient client = _signer.Client();
        Ask batch = Ask.Batch("B", new Ask(), new Ask { Family = "F2" });
        var signed = Assert.IsType<SignResult.Signed>(await client.SignAsync(batch.ToRequest(), Token));
        var changed = Assert.IsType<SignResult.Refused>(await client.SignAsync((batch with { Members = ["F2", "F1"] }).ToRequest(), Token));
        var alone = Assert.IsType<SignResult.Refused>(await client.SignAsync(new Ask { Nonce = 2 }.ToRequest(), Token));
        Assert.IsType<SignResult.Signed>(await client.SignAsync(new Ask { Nonce = 1, Family = "F3" }.ToRequest(), Token));

        Assert.Equal((SignRefusal.EffectChanged, signed.Hash), (changed.Code, changed.Conflict!.TransactionHash));
        Assert.Equal((SignRefusal.FamilyUnresolved, "B"), (alone.Code, alone.Conflict!.Family));
        Assert.Equal(["F1", "F2"], alone.Conflict.Members);
        SignerJournalPage page = await client.JournalAsync(new SignerJournalQuery(31337, Ask.Alice, 0, 10), Token);
        Assert.Equal(["B: F1 F2", "F3: "], page.Entries.Select(entry => $"{entry.Family}: {string.Join(' ', entry.Members)}"));

        using HttpMessageInvoker http = _signer.Http();
        (_, string journal) = await SignerProcess.SendAsync(
            http, HttpMethod.Get, $"/v1/journal?chain_id=31337&sender={Ask.Alice}", null, "Bearer " + SignerProcess.Token);
        Assert.Contains("\"members\":[\"F1\",\"F2\"]", journal, StringComparison.Ordinal);
        Assert.Contains("\"members\":[]", journal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_after_a_batch_was_journalled_it_gives_the_same_bytes_and_pays_no_member_alone()
    {
        await _signer.StartAsync(killAt: KillPoint.Journalled);
        using SignerClient client = _signer.Client();
        Ask batch = Ask.Batch("B", new Ask(), new Ask { Family = "F2" });
        await Assert.ThrowsAsync<SignerUnavailableException>(() => client.SignAsync(batch.ToRequest(), Token));
        Assert.Equal(128 + 9, await _signer.ExitAsync());

        await _signer.StartAsync();
        var alone = Assert.IsType<SignResult.Refused>(await client.SignAsync(new Ask { Nonce = 1 }.ToRequest(), Token));
        var signed = Assert.IsType<SignResult.Signed>(await client.SignAsync(batch.ToRequest(), Token));
        Assert.Equal((SignRefusal.FamilyUnresolved, true), (alone.Code, signed.Replayed));
        Assert.Equal(alone.Conflict!.TransactionHash, signed.Hash);
    }

    [Fact]
    public async Task Delegation_that_was_killed_before_its_file_was_written_is_finished_by_the_same_command()
    {
        await _signer.StartAsync();
        string[] command =
        [
            "delegate", .. _signer.RunArguments[5..], "--chain", "31337", "--account", Ask.Alice.ToString(), "--nonce", "0",
            "--delegate", "0xe6Cae83BdE06E4c305530e199D7217f42808555B", "--max-fee-per-gas", "1000",
            "--max-priority-fee-per-gas", "1", "--out", _signer.Folder.Path("tx"),
        ];
        Assert.Equal(1, await _signer.RunToEndAsync(command));
        Assert.Contains(_signer.Output, line => line.Contains("does another signer hold it", StringComparison.Ordinal));
        Assert.Equal(0, await _signer.StopAsync());

        Assert.Equal(128 + 9, await _signer.RunToEndAsync(KillPoint.Journalled, command));
        Assert.False(File.Exists(_signer.Folder.Path("tx")));
        _signer.Output.Clear();
        Assert.Equal(0, await _signer.RunToEndAsync(command));
        byte[] raw = Hex.Decode(File.ReadAllText(_signer.Folder.Path("tx")).Trim());
        Assert.Equal([Keccak256.Hash(raw).ToString()], _signer.Output);

        await _signer.StartAsync();
        using SignerClient client = _signer.Client();
        var refused = Assert.IsType<SignResult.Refused>(await client.SignAsync(new Ask { Nonce = 1 }.ToRequest(), Token));
        Assert.Equal((SignRefusal.NonceTaken, false, null), (refused.Code, refused.Recorded, refused.Conflict));
        Assert.IsType<SignResult.Signed>(await client.SignAsync(new Ask { Nonce = 2 }.ToRequest(), Token));
    }

    [Fact]
    public async Task Killed_signer_starts_again_on_its_stale_socket()
    {
        await _signer.StartAsync();
        await _signer.KillAsync();
        Assert.True(File.Exists(_signer.SocketPath));
        await _signer.StartAsync();
        using SignerClient client = _signer.Client();
        Assert.Equal("ok", (await client.HealthAsync(Token)).Status);
    }

    [Fact]
    public async Task Second_signer_on_the_same_journal_refuses_to_start()
    {
        await _signer.StartAsync();
        Assert.Equal(1, await _signer.RunToEndAsync());
        Assert.Contains(_signer.Output, line => line.Contains("does another signer hold it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Second_signer_on_the_same_socket_refuses_to_start()
    {
        await _signer.StartAsync();
        string[] arguments = _signer.RunArguments;
        arguments[^1] = _signer.Folder.Path("other-journal");
        Assert.Equal(1, await _signer.RunToEndAsync(arguments));
        Assert.Contains(_signer.Output, line => line.Contains("Another process listens", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Termination_stops_it_cleanly()
    {
        await _signer.StartAsync();
        Assert.Equal(0, await _signer.StopAsync());
    }

    [Fact]
    public async Task Socket_and_journal_are_for_their_owner_only()
    {
        await _signer.StartAsync();
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(
            (ownerOnly, ownerOnly), (File.GetUnixFileMode(_signer.SocketPath), File.GetUnixFileMode(_signer.Folder.Path("journal"))));
    }

    [Fact]
    public async Task No_key_password_or_token_is_in_any_log_or_answer()
    {
        await _signer.StartAsync();
        using HttpMessageInvoker http = _signer.Http();
        using SignerClient client = _signer.Client();
        var seen = new StringBuilder();
        var signed = Assert.IsType<SignResult.Signed>(await client.SignAsync(new Ask().ToRequest(), Token));
        await client.SignAsync(new Ask { Family = "F2" }.ToRequest(), Token);
        foreach (string? authorization in new[] { null, "Bearer wrong", "Bearer " + SignerProcess.Token })
        {
            foreach (string path in new[] { "/v1/health", $"/v1/journal?chain_id=31337&sender={Ask.Alice}", "/nothing" })
                seen.AppendLine((await SignerProcess.SendAsync(http, HttpMethod.Get, path, null, authorization)).Body);
            seen.AppendLine((await SignerProcess.SendAsync(http, HttpMethod.Post, "/v1/sign", "{\"sender\": 1}", authorization)).Body);
        }

        await _signer.StopAsync();
        string log = string.Join('\n', _signer.Output);
        Assert.Contains(signed.Hash.ToString(), log, StringComparison.Ordinal);
        foreach (string secret in new[] { Ask.AliceKeyHex, SignerProcess.Password, SignerProcess.Token })
        {
            Assert.DoesNotContain(secret, log, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(secret, seen.ToString(), StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain(Hex.Encode(signed.Raw.Span)[2..], log, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Wrong_password_refuses_to_start_without_showing_it()
    {
        _signer.Folder.Write("password", "another password\n");
        Assert.Equal(1, await _signer.RunToEndAsync());
        Assert.DoesNotContain(_signer.Output, line => line.Contains("another password", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Generated_key_prints_only_its_address_and_can_be_used()
    {
        int code = await _signer.RunToEndAsync(
            "keygen", "--keystore", _signer.Folder.Path("keys"), "--password-file", _signer.Folder.Path("password"), "--name", "bob",
            "--cost", "light");
        string address = Assert.Single(_signer.Output);
        Assert.Equal((0, Address.Parse(address).ToString()), (code, address));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_signer.Folder.Path("keys/bob.json")));

        await _signer.StartAsync();
        using SignerClient client = _signer.Client();
        Assert.Contains(Address.Parse(address), (await client.HealthAsync(Token)).Accounts);
    }

    [Fact]
    public async Task Policy_check_names_the_mistake()
    {
        string policy = _signer.Folder.Write("wrong.json", Policies.Json(perCall: "many"));
        Assert.Equal(0, await _signer.RunToEndAsync("policy", "check", "--policy", _signer.Folder.Path("policy.json")));
        Assert.Equal(1, await _signer.RunToEndAsync("policy", "check", "--policy", policy));
        Assert.Contains(_signer.Output, line => line.Contains("max_per_call must be a whole number", StringComparison.Ordinal));
    }
}
