namespace ChainExec.Calls;

/// <summary>What is wrong with one field of a request.</summary>
/// <param name="Pointer">RFC 6901 JSON pointer into the request body.</param>
/// <param name="Code">Stable snake case code.</param>
/// <param name="Message">A sentence that names the reason.</param>
internal sealed record FieldError(string Pointer, string Code, string Message);
