using System.ComponentModel.DataAnnotations;

namespace ChainExec.Calls;

/// <summary>The chains this service works on. A chain without a finality profile does not start.</summary>
internal sealed class ChainsOptions
{
    public const string Section = "Chains";

    [MinLength(1), MaxLength(64)]
    public List<ChainOptions> Chains { get; } = [];
}

/// <summary>One chain as it is configured.</summary>
internal sealed class ChainOptions
{
    /// <summary>EIP-155 chain id; compared with the node's at start.</summary>
    [Range(1, long.MaxValue)]
    public long Id { get; set; }

    /// <summary>Short lower-case name, an alias of the id in the API.</summary>
    [Required, RegularExpression("^[a-z][a-z0-9-]{0,31}$")]
    public string Name { get; set; } = "";

    /// <summary>Symbol of the native coin. Default ETH.</summary>
    [Required]
    public string NativeSymbol { get; set; } = "ETH";

    /// <summary>First block to index. Default 0.</summary>
    [Range(0, long.MaxValue)]
    public long StartBlock { get; set; }

    /// <summary>How often the head is asked for when no subscription tells. Default 500 ms.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After how long the same bytes of an unmined transaction are sent again. Default 4 s.</summary>
    public TimeSpan ResendInterval { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long the lowest open nonce of a sender may stay where it is: then somebody is told, and nothing is bound above it. Default 60 s.
    /// </summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// A plain account that fills of a nonce go to, as in the signer's policy. Default none: to the sender itself, which only an account
    /// with code (EIP-7702) can refuse.
    /// </summary>
    [RegularExpression("^0x[0-9a-fA-F]{40}$")]
    public string? FillAddress { get; set; }

    /// <summary>
    /// Contracts to which an account may be delegated (EIP-7702) to carry several payments in one transaction, each with the
    /// <c>executeBatch</c> of the ERC-4337 v0.8 accounts; the signer's policy lists the same. Default none: each payment goes alone.
    /// </summary>
    [MaxLength(16)]
    public List<string> BatchDelegates { get; } = [];

    /// <summary>
    /// Calls of one batch at most; not above <c>calls_max</c> of the signer's policy, which refuses larger ones. Default 50.
    /// </summary>
    [Range(1, BatchCall.CallsMax)]
    public int BatchCallsMax { get; set; } = 50;

    /// <summary>What the chain charges for a transaction beside gas. Default none.</summary>
    public DataFeeModel DataFee { get; set; }

    /// <summary>
    /// What is added to the data fee that is told now, because it may rise until the transaction is in a block, in percent. Default 50.
    /// </summary>
    [Range(0, 1000)]
    public int DataFeeMarginPercent { get; set; } = 50;

    /// <summary>
    /// What the chain's headers prove of its blocks: <c>receipts</c> (the root of the receipts' trie, as on Ethereum; default),
    /// <c>bloom</c> (receipts have a form of their own, the bloom filter is right) or <c>none</c>.
    /// </summary>
    [Required, RegularExpression("^(receipts|bloom|none)$")]
    public string Completeness { get; set; } = "receipts";

    /// <summary>
    /// What is done with headers and transactions that do not make up the hashes they stand under: <c>recorded</c> (it is written down what
    /// was proved, and who proves it is preferred to who does not; default, right for every chain) or <c>demanded</c> (nothing else is
    /// believed; for chains whose headers and transactions have Ethereum's form, all of them).
    /// </summary>
    [Required, RegularExpression("^(recorded|demanded)$")]
    public string HeaderProof { get; set; } = "recorded";

    /// <summary>
    /// What is read of final blocks far below the head: <c>transactions</c> (each block's transactions and the logs of listed tokens;
    /// default) or <c>logs</c> (only the logs, where no nonce of ours was open: much less to read, but native transfers are not seen).
    /// </summary>
    [Required, RegularExpression("^(transactions|logs)$")]
    public string Backfill { get; set; } = "transactions";

    /// <summary>
    /// Whether accounts that are registered while the chain is indexed are looked for in the blocks before, when they hold anything at a
    /// final block: what they received there is then booked as if it came now. Off by default: their opening balances are booked by hand.
    /// </summary>
    public bool ScanBack { get; set; }

    /// <summary>When a block counts as final. Required.</summary>
    public FinalityOptions? Finality { get; set; }

    [MinLength(1), MaxLength(16)]
    public List<ProviderOptions> Providers { get; } = [];
}

/// <summary>When a block counts as final.</summary>
internal sealed class FinalityOptions
{
    /// <summary><c>tag</c> (the node's <c>finalized</c>) or <c>depth</c>.</summary>
    [Required, RegularExpression("^(tag|depth)$")]
    public string Mode { get; set; } = "";

    /// <summary>Blocks below the head, for <c>depth</c>.</summary>
    [Range(0, 100_000)]
    public int Depth { get; set; }

    /// <summary>How many independently configured providers must agree on the hash. Default 2; 1 must be declared.</summary>
    [Range(1, 16)]
    public int Quorum { get; set; } = 2;
}

/// <summary>One JSON-RPC provider of a chain.</summary>
internal sealed class ProviderOptions
{
    /// <summary>Name in logs, node rows and status. URLs may hold keys and are never shown.</summary>
    [Required]
    public string Name { get; set; } = "";

    [Required]
    public Uri? Http { get; set; }

    /// <summary>For head notifications. Optional: polling works alone.</summary>
    public Uri? WebSocket { get; set; }
}
