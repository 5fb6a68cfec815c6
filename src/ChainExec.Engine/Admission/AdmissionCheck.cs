namespace ChainExec.Admission;

/// <summary>What a check has to read, cheap to costly. Nothing of admission asks a node.</summary>
internal enum AdmissionCost
{
    /// <summary>The request alone.</summary>
    Request,

    /// <summary>Rows by their key.</summary>
    Lookup,

    /// <summary>Several rows that depend on the request.</summary>
    Search,

    /// <summary>It locks and writes what admission takes: undone with everything else when a later one refuses.</summary>
    Claim,
}

/// <summary>How a refusal is told.</summary>
internal enum AdmissionAnswer
{
    /// <summary>A field of the request is wrong: it will never be admitted as it is.</summary>
    Invalid,

    /// <summary>It was understood and is refused: the same request may be admitted another time.</summary>
    Refused,

    /// <summary>The name of the payment belongs to another intent.</summary>
    ReferenceUsed,
}

/// <summary>Why a check lets a request not pass. The code is the check's.</summary>
/// <param name="Pointer">The field that is to blame, as a JSON pointer.</param>
internal sealed record Objection(string Pointer, string Detail);

/// <summary>One reason for which an intent is not admitted.</summary>
/// <param name="Code">What the client is told; of no other check.</param>
/// <param name="Reads">In words: what it looks at.</param>
/// <param name="RunAsync">The objection, or nothing.</param>
internal sealed record AdmissionCheck(
    string Name, string Code, AdmissionCost Cost, AdmissionAnswer Answer, string Reads,
    Func<Candidate, CancellationToken, Task<Objection?>> RunAsync);
