using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace ChainExec.Ethereum.Generators;

/// <summary>
/// Turns each contract ABI among a project's additional files into C#: a record for each function, event and error that encodes and
/// decodes itself with <c>ChainExec.Ethereum</c>. The README beside this file says how a project asks for it.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class AbiGenerator : IIncrementalGenerator
{
    internal const string FilesStep = "AbiFiles";
    internal const string ContractsStep = "AbiContracts";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<GeneratedContract> contracts = context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Where(static pair => AbiFile.IsAbi(pair.Left, pair.Right))
            .Select(static (pair, cancellationToken) => AbiFile.Read(pair.Left, pair.Right, cancellationToken))
            .WithTrackingName(FilesStep)
            .Select(GeneratedContract.Make)
            .WithTrackingName(ContractsStep);

        // A class is made by the first file in order of their paths. Names of sources do not differ by case, so those of classes may not.
        IncrementalValueProvider<string> taken = contracts
            .Select(static (contract, _) => (contract.FullName, contract.Path))
            .Collect()
            .Select(static (all, _) => PathsOfTaken(all));

        context.RegisterSourceOutput(contracts.Combine(taken), static (output, pair) => Report(output, pair.Left, pair.Right));
    }

    private static string PathsOfTaken(ImmutableArray<(string FullName, string Path)> all)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return string.Join("\n", all
            .OrderBy(contract => contract.Path, StringComparer.Ordinal)
            .Where(contract => contract.FullName.Length > 0 && !seen.Add(contract.FullName))
            .Select(contract => contract.Path));
    }

    private static void Report(SourceProductionContext output, GeneratedContract contract, string taken)
    {
        foreach (AbiDiagnostic defect in contract.Defects)
        {
            output.ReportDiagnostic(defect.ToDiagnostic());
        }

        if (contract.Code.Length == 0)
        {
            return;
        }

        if (taken.Split('\n').Contains(contract.Path, StringComparer.Ordinal))
        {
            output.ReportDiagnostic(contract.Taken().ToDiagnostic());
        }
        else
        {
            output.AddSource(contract.FullName + ".g.cs", SourceText.From(contract.Code, Encoding.UTF8));
        }
    }
}
