namespace ThanoSql.Catalog.Quality;

/// <summary>How one best label, or all of them, did in service.</summary>
/// <param name="Label">Empty for all of them together.</param>
/// <param name="Pictures">Of the last <see cref="QualityLedger.Window"/>, by their best label.</param>
/// <param name="Unsure">Of these, those below the label's threshold.</param>
/// <param name="Said">Pictures of this best label that people labelled since the version came into service.</param>
/// <param name="Corrected">Of these, those that people call something else.</param>
/// <param name="HeldOut">Held-out pictures of this best label.</param>
public sealed record LabelQuality(string Label, long Pictures, long Unsure, long Said, long Corrected, long HeldOut);

/// <summary>Whether a version is still right.</summary>
/// <param name="Model">Its model's name.</param>
/// <param name="Version">Its number.</param>
/// <param name="All">Over all labels.</param>
/// <param name="Labels">By label.</param>
/// <param name="Scores">How the scores of best labels differ from those of the held-out pictures, by tenths of these; null: too few to tell.</param>
/// <param name="Keywords">How often each label is the best one, likewise.</param>
public sealed record VersionQuality(
    string Model, int Version, LabelQuality All, IReadOnlyList<LabelQuality> Labels, Drift? Scores, Drift? Keywords)
{
    /// <summary>A line for people.</summary>
    public string Describe()
    {
        var said = All.Said == 0
            ? "nobody labelled a picture since it came into service"
            : string.Create(CultureInfo.InvariantCulture, $"people corrected {All.Corrected} of {All.Said} pictures since it came into service");
        var pictures = All.Pictures == 0
            ? "no new picture in the last week"
            : string.Create(
                CultureInfo.InvariantCulture, $"of {All.Pictures} pictures of the last week {(double)All.Unsure / All.Pictures:P1} are nothing sure");
        var drift = All.Pictures == 0 ? "" : $"; scores {Describe(Scores)}, keywords {Describe(Keywords)}";
        return string.Create(
            CultureInfo.InvariantCulture, $"Version {Version} in service: {pictures}; {said}{drift} (SELECT * FROM thanosql.quality).");
    }

    private static string Describe(Drift? drift)
    {
        if (drift is null)
            return "too few to compare";
        var chance = drift.IsMarked ? "more than chance" : "as chance has it";
        return string.Create(CultureInfo.InvariantCulture, $"{drift.Distance:P0} off those of the held-out pictures ({chance})");
    }
}
