using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChainExec.Client;

/// <summary>A chain that the service works on. Nothing is known before the first contact.</summary>
/// <param name="ChainId">EIP-155 chain id.</param>
/// <param name="Name">Its short name.</param>
/// <param name="NativeAsset">The asset id of its native coin.</param>
/// <param name="Head">The newest block that enough providers report.</param>
/// <param name="HeadSeenAt">When that was.</param>
/// <param name="Indexed">The newest block whose content is known.</param>
/// <param name="Final">The newest final block.</param>
/// <param name="LagBlocks">Blocks between head and indexed.</param>
/// <param name="Halted">Set when nothing is signed or booked until an operator has looked at it.</param>
/// <param name="Providers">Its providers by name.</param>
/// <param name="Safe">The newest block that the providers call safe, where the chain has that tag.</param>
/// <param name="LagSeconds">The time between the head and the newest indexed block.</param>
/// <param name="Backfill">Set while final blocks are read in ranges.</param>
/// <param name="Reorgs">The latest, newest first.</param>
public sealed record Chain(
    [property: JsonPropertyName("chain")] long ChainId,
    string Name,
    string NativeAsset,
    long? Head,
    DateTimeOffset? HeadSeenAt,
    ChainBlock? Indexed,
    ChainBlock? Final,
    long? LagBlocks,
    ChainHalt? Halted,
    IReadOnlyList<ChainProvider> Providers,
    long? Safe,
    long? LagSeconds,
    ChainBackfill? Backfill,
    IReadOnlyList<ChainReorg> Reorgs);

/// <summary>A block.</summary>
/// <param name="Number">Its height.</param>
/// <param name="Hash">Its hash.</param>
public sealed record ChainBlock(long Number, string Hash);

/// <summary>Why a chain is halted.</summary>
/// <param name="At">Since when.</param>
/// <param name="Reason">A sentence.</param>
public sealed record ChainHalt(DateTimeOffset At, string? Reason);

/// <summary>A provider of a chain.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">How it answered last.</param>
/// <param name="Head">Its newest block.</param>
/// <param name="SeenAt">When that was.</param>
/// <param name="BlockRange">Blocks it serves in one eth_getLogs, as learned.</param>
/// <param name="BatchSize">Calls it takes in one batch, as learned.</param>
/// <param name="RequestsPerSecond">How fast it may be asked; nothing when it refused none.</param>
/// <param name="IsWell">False while it is left out for failing.</param>
public sealed record ChainProvider(
    string Name, string Status, long? Head, DateTimeOffset SeenAt, int? BlockRange, int? BatchSize, int? RequestsPerSecond, bool? IsWell);

/// <summary>How far the reading of final blocks in ranges is.</summary>
/// <param name="Target">The height it reads up to.</param>
/// <param name="RemainingBlocks">Blocks until there.</param>
/// <param name="BlocksPerSecond">Over the last minute.</param>
/// <param name="EventsPerSecond">Logs of ours, likewise.</param>
/// <param name="EtaSeconds">Until it is there at that rate.</param>
public sealed record ChainBackfill(
    long Target, long RemainingBlocks, long? BlocksPerSecond, long? EventsPerSecond, long? EtaSeconds);

/// <summary>A reorganisation that was followed.</summary>
/// <param name="From">The block that was the newest.</param>
/// <param name="Ancestor">The block that stayed; nothing when none did.</param>
/// <param name="Depth">How many blocks were taken back.</param>
/// <param name="Transactions">How many transactions of ours were in them.</param>
/// <param name="At">When.</param>
public sealed record ChainReorg(ChainBlock From, ChainBlock? Ancestor, int Depth, int Transactions, DateTimeOffset At);

/// <summary>An entry of the call registry.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Signature">The contract function; nothing for the native coin.</param>
/// <param name="Risk">What it can do to money.</param>
/// <param name="Schema">JSON schema of its arguments.</param>
public sealed record CallType(string Name, string Description, string? Signature, string Risk, JsonElement Schema);
