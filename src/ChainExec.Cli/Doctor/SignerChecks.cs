using ChainExec.Custody;
using ChainExec.Ethereum;
using Microsoft.Extensions.Options;
using Npgsql;

namespace ChainExec.Cli.Doctor;

/// <summary>Looks at the signer: whether it signs, and whether it holds a key for each registered account.</summary>
internal sealed class SignerChecks(EngineAccess engine)
{
    /// <summary>Everything; one error alone when the signer does not answer.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        SignerHealth health;
        try
        {
            health = await engine.Get<ISigner>().HealthAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is SignerUnavailableException or SignerFaultException)
        {
            return [Finding.Error("signer.reachable", exception.Message)];
        }
        catch (OptionsValidationException exception)
        {
            return [Finding.Error("signer.configuration", string.Join(" ", exception.Failures))];
        }

        string journal = $"{health.Accounts.Count} keys, {health.JournalEntries} journal records";
        return
        [
            health.Status == "ok"
                ? Finding.Ok("signer.health", journal)
                : Finding.Error("signer.health", $"it says {health.Status}; {journal}"),
            .. await AccountsAsync(health.Accounts, cancellationToken),
        ];
    }

    private async Task<IReadOnlyList<Finding>> AccountsAsync(IReadOnlyList<Address> keys, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<CustodyAccount> registered = await engine.Get<AccountStore>().AllAsync(cancellationToken);
            List<Finding> findings = [.. registered.Where(account => !keys.Contains(account.Address)).Select(account =>
                Finding.Error("signer.accounts", $"{account.Address} on chain {account.Chain} is registered, and has no key"))];
            int unused = keys.Count(key => !registered.Any(account => account.Address == key));
            if (findings.Count == 0)
                findings.Add(Finding.Ok(
                    "signer.accounts", $"{registered.Count} registered, each with its key; {unused} keys without account"));
            return findings;
        }
        catch (NpgsqlException)
        {
            return [Finding.Warning("signer.accounts", "not compared: the database cannot be used")];
        }
    }
}
