using Microsoft.Extensions.Options;

namespace ChainExec.Flows;

/// <summary>The secrets of the providers that send webhooks, read from their files once. Never logged.</summary>
internal sealed class InboundSecrets(IOptions<FlowsOptions> options)
{
    private readonly Dictionary<string, IReadOnlyList<byte[]>> _secrets = options.Value.Inbound.ToDictionary(
        each => each.Provider,
        each => (IReadOnlyList<byte[]>)
        [
            .. each.SecretFiles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(file => WebhookSignature.ReadSecret(File.ReadAllText(file))),
        ],
        StringComparer.Ordinal);

    /// <summary>Nothing for somebody who may not tell us anything.</summary>
    public IReadOnlyList<byte[]>? Of(string provider) => _secrets.GetValueOrDefault(provider);
}
