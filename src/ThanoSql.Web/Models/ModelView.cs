using ThanoSql.Catalog.Live;
using ThanoSql.Catalog.Models;
using ThanoSql.Query.Models;

namespace ThanoSql.Web.Models;

/// <summary>What the address of a model's page asks for.</summary>
public sealed record ViewAddress(string Name, int? Version, string? Label, string? Answer, string? Around);

/// <summary>What a model's page shows.</summary>
/// <param name="Address">That it was loaded for.</param>
/// <param name="Sheet">Null when there is no such model.</param>
/// <param name="Version">Null when nothing is known of the version that is looked at.</param>
/// <param name="Pictures">Of the open cell; null when none is open.</param>
public sealed record ModelView(ViewAddress Address, ModelSheet? Sheet, VersionSheet? Version, IReadOnlyList<LinkedPicture>? Pictures);

/// <summary>Parts of a model's sheet.</summary>
internal static class ModelSheets
{
    extension(ModelSheet sheet)
    {
        /// <summary>The version of that number; without one the version in use, or the newest where there is none.</summary>
        public VersionSummary? Shown(int? number) =>
            sheet.Versions.FirstOrDefault(v => number is null ? v.State == VersionState.Current : v.Number == number)
            ?? (number is null && sheet.Versions is [var newest, ..] ? newest : null);

        /// <summary>The run that goes on, as far as was known when the sheet was made.</summary>
        public OpenRun? OpenRun => sheet.Runs.LastOrDefault(r => !r.IsOver) is { } run
            ? new OpenRun(run.RunId, run.Model, run.Trigger, run.State, run.Stage, run.Done, run.Total, run.QueuedAt, run.StartedAt)
            : null;
    }
}
