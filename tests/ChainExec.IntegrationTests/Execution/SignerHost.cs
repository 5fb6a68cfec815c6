using System.Text;
using ChainExec.Custody;
using ChainExec.Ethereum;
using ChainExec.Ethereum.Crypto;
using ChainExec.TestKit;

namespace ChainExec.IntegrationTests.Execution;

/// <summary>A real signer process with one key, a wide policy and a folder of its own.</summary>
internal sealed class SignerHost : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private ChildProcess? _process;

    private SignerHost(string folder, IReadOnlyList<Address> accounts)
    {
        _folder = folder;
        Accounts = accounts;
    }

    public Address Account => Accounts[0];

    /// <summary>One for each key.</summary>
    public IReadOnlyList<Address> Accounts { get; }

    public string Folder => _folder;

    public SignerOptions Options => new()
    {
        SocketPath = Path.Combine(_folder, "s"),
        TokenFile = Path.Combine(_folder, "token"),
        Timeout = TimeSpan.FromSeconds(20),
    };

    public static Task<SignerHost> StartAsync(TestTokens tokens, CancellationToken cancellationToken) =>
        StartAsync(tokens, keys: 1, cancellationToken);

    /// <summary>With so many keys of chance.</summary>
    public static Task<SignerHost> StartAsync(TestTokens tokens, int keys, CancellationToken cancellationToken) =>
        StartAsync(tokens, [.. Enumerable.Range(0, keys).Select(_ => AnySecret())], cancellationToken);

    private static byte[] AnySecret()
    {
        byte[] secret = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);
        secret[0] = 1;
        return secret;
    }

    /// <summary>With a key of the caller's choice, for runs that must repeat.</summary>
    public static Task<SignerHost> StartAsync(TestTokens tokens, byte[] secret, CancellationToken cancellationToken) =>
        StartAsync(tokens, [secret], cancellationToken);

    /// <summary>With several keys; <see cref="Account"/> is of the first.</summary>
    public static async Task<SignerHost> StartAsync(
        TestTokens tokens, IReadOnlyList<byte[]> secrets, CancellationToken cancellationToken)
    {
        byte[] secret = secrets[0];
        string folder = Directory.CreateTempSubdirectory("ce-signer-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "keys"));
        string password = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        await File.WriteAllTextAsync(Path.Combine(folder, "password"), password, cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "token"), Convert.ToHexString(
                System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "key-for-the-test"), Convert.ToHexString(secret), cancellationToken);
        var accounts = new List<Address>();
        foreach ((int index, byte[] each) in secrets.Index())
        {
            using PrivateKey one = PrivateKey.FromBytes(each);
            accounts.Add(one.Address);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "keys", index == 0 ? "sender.json" : $"sender-{index}.json"), Keystore.Encrypt(
                    one, Encoding.UTF8.GetBytes(password), new KeystoreCost(2, 8, 1)), cancellationToken);
        }

        var host = new SignerHost(folder, accounts);
        await host.WritePolicyAsync([tokens.Tusd, tokens.TusdProxied, tokens.False], "1000000000000", cancellationToken);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        await host.StartProcessAsync(null, cancellationToken);
        return host;
    }

    /// <param name="delegates">To what accounts may be delegated, so that they batch; null allows no batches.</param>
    /// <param name="callsMax">Calls of one batch at most.</param>
    public Task WritePolicyAsync(
        IReadOnlyList<string> tokens, string perCall, CancellationToken cancellationToken, IReadOnlyList<string>? delegates = null,
        int callsMax = 100)
    {
        string batches = delegates is null
            ? ""
            : $$"""
                "batches": {
                  "delegates": [{{string.Join(",", delegates.Select(one => $"\"{one.ToLowerInvariant()}\""))}}], "calls_max": "{{callsMax}}"
                },
                """;
        string contracts = string.Join(",", tokens.Select(token => $$"""
            "{{token.ToLowerInvariant()}}": {"name": "token", "functions": ["transfer(address,uint256)", "approve(address,uint256)"],
             "max_per_call": "{{perCall}}", "max_per_day": "1000000000000000", "destinations": ["*"]}
            """));
        string json = $$"""
            {
              "version": 1,
              "chains": {
                "31337": {
                  {{batches}}
                  "contracts": { {{contracts}} },
                  "native": { "max_per_call": "1000000000000000000", "max_per_day": "10000000000000000000", "destinations": ["*"] },
                  "max_fee_per_transaction": "100000000000000000"
                }
              }
            }
            """;
        return File.WriteAllTextAsync(Path.Combine(_folder, "policy.json"), json, cancellationToken);
    }

    public async Task StartProcessAsync(string? killAt, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string?> { ["CHAINEXEC_KILL_AT"] = killAt };
        _process = ChildProcess.StartDotnet(
            Path.Combine(AppContext.BaseDirectory, "chainexec-signer.dll"),
            [
                "run", "--socket", Path.Combine(_folder, "s"), "--token-file", Path.Combine(_folder, "token"), "--keystore", Path.Combine(
                    _folder, "keys"),
                "--password-file", Path.Combine(_folder, "password"), "--policy", Path.Combine(
                    _folder, "policy.json"), "--journal", Path.Combine(_folder, "journal"),
            ],
            environment);
        await _process.WaitForLineAsync("Signer ready", StartDeadline, cancellationToken);
    }

    /// <summary>Gives the account's owner an authenticator, as an operator would, and restarts the signer with it.</summary>
    public async Task<Authenticator> EnrolAsync(CancellationToken cancellationToken)
    {
        await KillAsync();
        await using var enrol = ChildProcess.StartDotnet(
            Path.Combine(AppContext.BaseDirectory, "chainexec-signer.dll"),
            [
                "enrol", "--keystore", Path.Combine(_folder, "keys"), "--password-file", Path.Combine(_folder, "password"), "--account",
                Account.ToString(), "--cost", "light",
            ],
            new Dictionary<string, string?>());
        string uri = await enrol.WaitForLineAsync("otpauth://", StartDeadline, cancellationToken);
        await enrol.WaitForExitAsync(StartDeadline, cancellationToken);
        await StartProcessAsync(null, cancellationToken);
        return Authenticator.FromUri(uri);
    }

    /// <summary>Ends the process and starts it again on its journal; it dies at <paramref name="killAt"/> when that is given.</summary>
    public async Task RestartAsync(string? killAt, CancellationToken cancellationToken)
    {
        await _process!.DisposeAsync();
        await StartProcessAsync(killAt, cancellationToken);
    }

    /// <summary>Whether the process has ended.</summary>
    public bool IsDead => _process!.HasExited;

    /// <summary>The key of the account, read from the keystore as only the signer should.</summary>
    public async Task<byte[]> PrivateKeyBytesAsync(CancellationToken cancellationToken) =>
        Convert.FromHexString(await File.ReadAllTextAsync(Path.Combine(_folder, "key-for-the-test"), cancellationToken));

    public async Task KillAsync()
    {
        if (_process is { } process)
            await process.KillAsync();
    }

    public async Task WaitForDeathAsync(CancellationToken cancellationToken) =>
        await _process!.WaitForExitAsync(StartDeadline, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
            await process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
