using ChainExec.Ethereum.Generators.Emit;
using ChainExec.Ethereum.Generators.Model;
using Microsoft.CodeAnalysis.CSharp;

namespace ChainExec.Ethereum.Generators;

/// <summary>
/// What one file gave: code and defects. A value, so that an edit that changes neither, as of spaces in the JSON or of any other file,
/// gives the compiler nothing to do.
/// </summary>
internal sealed class GeneratedContract : IEquatable<GeneratedContract>
{
    private GeneratedContract(string path, string className, string code, IReadOnlyList<AbiDiagnostic> defects)
    {
        Path = path;
        FullName = className;
        Code = code;
        Defects = defects;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The class with its namespace; empty when there is none.</summary>
    public string FullName { get; }

    /// <summary>The C#; empty when the class cannot be made.</summary>
    public string Code { get; }

    /// <summary>What is wrong with the file.</summary>
    public IReadOnlyList<AbiDiagnostic> Defects { get; }

    /// <summary>Makes the code of a file; with defects, that of its sound entries, so that the defects are all that is shown.</summary>
    public static GeneratedContract Make(AbiFile file, CancellationToken cancellationToken)
    {
        string? bad = !file.Namespace.Split('.').All(IsIdentifier) ? file.Namespace
            : !IsIdentifier(file.ClassName) || file.ClassName.Length > Names.LengthMax ? file.ClassName
            : null;
        if (bad is not null)
        {
            return Refused(file, $"'{bad}' is no name of C#; set AbiClass or AbiNamespace of the file");
        }

        ContractReader contract = ContractReader.Read(file, cancellationToken);
        if (ContractEmitter.Holds(contract, file.ClassName))
        {
            return Refused(file, $"The class '{file.ClassName}' would hold a member of its own name; set AbiClass of the file");
        }

        return new GeneratedContract(
            file.Path, $"{file.Namespace}.{file.ClassName}", ContractEmitter.Emit(file, contract), contract.Defects);
    }

    /// <summary>The defect of a file whose class another file makes.</summary>
    public AbiDiagnostic Taken() => new(
        AbiRules.BadTarget, Path, default, default, $"Another file makes the class {FullName} too; set AbiClass or AbiNamespace of one");

    /// <inheritdoc/>
    public bool Equals(GeneratedContract? other) => other is not null
        && Path == other.Path
        && FullName == other.FullName
        && Code == other.Code
        && Defects.SequenceEqual(other.Defects);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GeneratedContract);

    /// <inheritdoc/>
    public override int GetHashCode() => Code.GetHashCode();

    private static GeneratedContract Refused(AbiFile file, string message) =>
        new(file.Path, "", "", [file.At(AbiRules.BadTarget, default, message)]);

    private static bool IsIdentifier(string name) =>
        SyntaxFacts.IsValidIdentifier(name) && SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None;
}
