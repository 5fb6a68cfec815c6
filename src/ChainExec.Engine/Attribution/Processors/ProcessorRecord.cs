using System.Text.Json;
using ChainExec.Facts.Contracts;

namespace ChainExec.Attribution.Processors;

/// <summary>One record that a processor makes of evidence.</summary>
/// <param name="Kind">Lower case with underscores, at most 64 characters: what the record is.</param>
/// <param name="Body">Its content, written as JSON of at most 16 KiB: snake case, amounts as decimal strings, bytes as hex.</param>
public record ProcessorRecord(string Kind, object? Body)
{
    /// <summary>Something that an operator must be told at once.</summary>
    public ProcessorAlert? Alert { get; init; }
}

/// <summary>
/// An incident. It is open while the newest record of its kind and subject, by the order of the chain and among those that stand, says so.
/// </summary>
/// <param name="Kind"><c>family.thing</c>, with a family of yours, as a fact's type; what a runbook can be found by.</param>
/// <param name="Subject">What it is about, at most 500 characters on one line.</param>
/// <param name="Detail">A sentence, at most 500 characters on one line.</param>
/// <param name="Over">True when this record says that it is over.</param>
public sealed record ProcessorAlert(string Kind, string Subject, string Detail, bool Over = false);

/// <summary>A fact that the finality of a record has.</summary>
/// <param name="Type"><c>family.thing_happened</c>.</param>
/// <param name="Payload">Its content, written like a record's body.</param>
public sealed record ProcessorFact(string Type, object Payload);

/// <summary>A record of another processor.</summary>
/// <param name="Processor">Whose it is.</param>
/// <param name="LogIndex">The log that it was made of; -1 and below for the transaction itself.</param>
/// <param name="Kind">What it is; <c>movement</c> for what reaches the books.</param>
/// <param name="Body">Its content.</param>
public sealed record StoredRecord(string Processor, int LogIndex, string Kind, JsonElement Body);

/// <summary>A record that became final.</summary>
/// <param name="Transaction">The transaction, with its block.</param>
/// <param name="LogIndex">The log that it was made of; -1 for the transaction itself.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Body">Its content.</param>
/// <param name="Call">The business call that caused it, by the newest attribution.</param>
public sealed record ConfirmedRecord(ChainTransaction Transaction, int LogIndex, string Kind, JsonElement Body, CallContext? Call);

/// <summary>A movement of a listed asset: it has a table of its own and reaches the books. Shipped processors make these.</summary>
internal sealed record MovementRecord(Movement Movement) : ProcessorRecord("movement", Body: null);
