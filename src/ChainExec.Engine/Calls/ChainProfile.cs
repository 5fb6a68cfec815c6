using ChainExec.Ethereum;
using ChainExec.Ethereum.Rpc;

namespace ChainExec.Calls;

/// <summary>How finality is told on a chain.</summary>
internal enum FinalityMode
{
    Tag,
    Depth,
}

/// <summary>What a chain charges for a transaction beside gas.</summary>
internal enum DataFeeModel
{
    /// <summary>Nothing: gas pays for all.</summary>
    None,

    /// <summary>A fee for publishing the transaction's bytes, told by the <c>GasPriceOracle</c> predeploy of the OP Stack.</summary>
    OpStack,
}

/// <summary>What a chain's headers prove of its receipts and logs.</summary>
internal enum Completeness
{
    /// <summary>The receipts' root is that of their trie, as on Ethereum: it proves that all were given, unchanged.</summary>
    Receipts,

    /// <summary>Receipts have a form of their own, but the bloom filter is the one over their logs.</summary>
    Bloom,

    /// <summary>Neither: providers are believed.</summary>
    None,
}

/// <summary>What is read of final blocks in a row.</summary>
internal enum BackfillReads
{
    /// <summary>Every block's transactions, and the logs of listed tokens: nothing that names an account of ours is missed.</summary>
    Transactions,

    /// <summary>The logs of listed tokens alone, as long as no nonce of ours was open: native transfers are not seen.</summary>
    Logs,
}

/// <summary>A provider of a chain: its client and, if it has one, the address of its head notifications.</summary>
internal sealed record ChainProvider(string Name, RpcClient Client, Uri? WebSocket);

/// <summary>One chain as the modules see it.</summary>
internal sealed record ChainProfile(
    long Id,
    string Name,
    string NativeSymbol,
    long StartBlock,
    TimeSpan PollInterval,
    TimeSpan ResendInterval,
    FinalityMode FinalityMode,
    int FinalityDepth,
    int FinalityQuorum,
    IReadOnlyList<ChainProvider> Providers,
    Address? FillAddress = null)
{
    /// <summary>What the chain's headers prove; what they prove is demanded of every block that is read whole.</summary>
    public Completeness Completeness { get; init; }

    /// <summary>Whether a block is believed only when its header and its transactions make up the hashes they stand under.</summary>
    public bool DemandsHeaderProof { get; init; }

    /// <summary>What is read of final blocks in a row.</summary>
    public BackfillReads Backfill { get; init; }

    /// <summary>Whether accounts that come late are looked for in the blocks before.</summary>
    public bool ScansBack { get; init; }

    /// <summary>How long the lowest open nonce of a sender may stay where it is.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What it charges beside gas.</summary>
    public DataFeeModel DataFee { get; init; }

    /// <summary>Added to a data fee that is told now, in percent.</summary>
    public int DataFeeMarginPercent { get; init; } = 50;

    /// <summary>Delegates (EIP-7702) with which an account carries several calls in one transaction.</summary>
    public IReadOnlySet<Address> BatchDelegates { get; init; } = new HashSet<Address>();

    /// <summary>Calls of one batch at most.</summary>
    public int BatchCallsMax { get; init; } = 50;

    /// <summary>Where a fill of a sender goes: to itself, or to the chain's plain address, because a delegated sender may revert.</summary>
    public Address FillTo(Address sender) => FillAddress ?? sender;

    /// <summary>The registry id of the chain's native coin.</summary>
    public string NativeAsset => $"{NativeSymbol.ToLowerInvariant()}-{Id}";
}
