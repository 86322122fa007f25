using ThanoSql.Query.Live;

namespace ThanoSql.Web.Shell;

/// <summary>What the rail shows of a look.</summary>
/// <param name="ToConfirm">Labels that wait for a person.</param>
/// <param name="Failures">Pictures that failed.</param>
/// <param name="Model">With its version, as <c>foods v7</c>, when all pipelines have the same; else empty.</param>
/// <param name="Provider">Of the workers: <c>CPU</c>, <c>CUDA</c>, both, or empty when none was seen.</param>
public sealed record RailFigures(long ToConfirm, long Failures, string Model, string Provider)
{
    internal static RailFigures Of(LiveFigures figures)
    {
        var models = figures.Look.Pipelines.Where(p => p.Version is not null)
            .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Model} v{p.Version}")).Distinct().ToList();
        var providers = figures.Look.Workers.Select(w => w.Provider.ToUpperInvariant()).Distinct().Order();
        return new RailFigures(
            figures.Look.ToConfirm, figures.Look.Failures.All, models is [var only] ? only : "", string.Join(", ", providers));
    }
}
