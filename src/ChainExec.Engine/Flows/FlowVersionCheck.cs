using ChainExec.Flows.Definitions;
using ChainExec.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace ChainExec.Flows;

/// <summary>
/// A context finds the definition that it started with, or nothing starts: a build in which a version that still lives was changed or is
/// missing would do something else with money that is under way.
/// </summary>
internal sealed class FlowVersionCheck(IServiceProvider services, Database database)
{
    /// <summary>One sentence per reason not to start, defects of the definitions among them; empty when all is well.</summary>
    public async Task<IReadOnlyList<string>> FindingsAsync(CancellationToken cancellationToken)
    {
        FlowCatalogue catalogue;
        try
        {
            catalogue = services.GetRequiredService<FlowCatalogue>();
        }
        catch (FlowDefectException exception)
        {
            return [.. exception.Defects.Select(defect => defect.ToString())];
        }

        const string sql = """
            select d.flow, d.version, d.fingerprint
            from   flows.definition d
            where  exists (
                select from flows.context c
                where  c.flow = d.flow and c.version = d.version and c.fingerprint = d.fingerprint and c.state = 'open')
            order  by d.flow, d.version
            """;
        IReadOnlyList<(string Flow, int Version, string Fingerprint)> live = await database.ReadAsync(
            sql, static _ => { }, reader => (reader.Text("flow"), reader.Int("version"), reader.Text("fingerprint")), cancellationToken);
        return [.. live.Select(each => Finding(catalogue, each.Flow, each.Version, each.Fingerprint)).OfType<string>()];
    }

    private static string? Finding(FlowCatalogue catalogue, string flow, int version, string fingerprint)
    {
        FlowModel? model = catalogue.Models.FirstOrDefault(model => model.Name == flow && model.Version == version);
        if (model is null)
            return $"Flow {flow} v{version} has open contexts and this build has no such version.";
        return model.Fingerprint == fingerprint
            ? null
            : $"Flow {flow} v{version} was changed while contexts of it are open: it is {model.Fingerprint} and they need {fingerprint}; "
                + "give the change a new version.";
    }
}
