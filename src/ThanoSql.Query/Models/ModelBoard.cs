using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;

namespace ThanoSql.Query.Models;

/// <summary>The models as the page shows them. Whoever may read <c>thanosql.models</c> with SQL may see them: scope <c>query</c>.</summary>
internal sealed class ModelBoard(ModelLedger ledger, HeldOutAnswers answers, TrainingQueue queue, ImageLinks links, TimeProvider time)
{
    private const string What = "Looking at models";
    private const int Runs = 8;
    private const int Labels = 200;
    private const int Width = 256; // pixels of a cell's pictures
    private const int LargeWidth = 1280;

    // However many pages watch a run, it is read twice a second at most
    private readonly Recent<long, TrainingRun> _watched = new((run, cancellationToken) => queue.FindAsync(run, cancellationToken), time);

    /// <summary>All models by name.</summary>
    public Task<List<ModelSummary>> ListAsync(ApiToken token, CancellationToken cancellationToken)
    {
        Permission.Require(token, TokenScope.Query, What);
        return ledger.ListAsync(cancellationToken);
    }

    /// <summary>A model with its versions and runs.</summary>
    /// <param name="token">Of who asks.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="versions">So many at most, the newest.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>Null when there is none of that name.</returns>
    public async Task<ModelSheet?> FindAsync(ApiToken token, string name, int versions, CancellationToken cancellationToken)
    {
        Permission.Require(token, TokenScope.Query, What);
        if (await ledger.FindAsync(name, cancellationToken) is not { } model)
            return null;
        var listed = await ledger.VersionsAsync(model.ModelId, versions + 1, cancellationToken);
        return new ModelSheet(
            model, [.. listed.Take(versions)], listed.Count > versions, await queue.ListAsync(name, Runs, cancellationToken));
    }

    /// <summary>A run of a model as it stood within the last half second, with its log.</summary>
    /// <returns>Null when it is forgotten.</returns>
    public async Task<TrainingRun?> RunAsync(ApiToken token, long run, CancellationToken cancellationToken)
    {
        Permission.Require(token, TokenScope.Query, What);
        var found = await _watched.GetAsync(run, cancellationToken);
        if (found is null or { IsOver: true })
            _watched.Forget(watched => watched.IsOver);
        return found;
    }

    /// <summary>The pictures that a new version has to answer for before it comes into service, roughly.</summary>
    public Task<long> PicturesAsync(ApiToken token, int modelId, CancellationToken cancellationToken)
    {
        Permission.Require(token, TokenScope.Query, What);
        return ledger.PicturesAsync(modelId, cancellationToken);
    }

    /// <summary>How good a version is, by its labels.</summary>
    /// <param name="token">Of who asks.</param>
    /// <param name="versionId">The version.</param>
    /// <param name="around">The label in the middle of a map that cannot show all labels.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    /// <returns>Null when nothing is known of it.</returns>
    public async Task<VersionSheet?> VersionAsync(ApiToken token, long versionId, string? around, CancellationToken cancellationToken)
    {
        Permission.Require(token, TokenScope.Query, What);
        if (await ledger.MetricsAsync(versionId, cancellationToken) is not { HeldOut: > 0 } metrics)
            return null;
        return new VersionSheet(
            versionId, Weakest(metrics.Labels), metrics.Labels.Count, ConfusionMap.Of(metrics, around), ConfusionMap.PairsOf(metrics),
            await answers.AreKeptAsync(versionId, cancellationToken));
    }

    /// <summary>The pictures of one cell that the caller may see, those with the surest answers first.</summary>
    /// <param name="caller">Who asks, and will open the links.</param>
    /// <param name="versionId">Its answers.</param>
    /// <param name="label">What the pictures carry.</param>
    /// <param name="answer">What the version says of them.</param>
    /// <param name="cancellationToken">Stops the queries.</param>
    public async Task<IReadOnlyList<LinkedPicture>> PicturesAsync(
        Caller caller, long versionId, string label, string answer, CancellationToken cancellationToken)
    {
        Permission.Require(caller.Token, TokenScope.Query, What);
        var pictures = await answers.ListAsync(versionId, label, answer, cancellationToken);
        var (small, large) = (await links.ForAsync(Width, caller, cancellationToken), await links.ForAsync(LargeWidth, caller, cancellationToken));
        return pictures.ConvertAll(p => new LinkedPicture(p.Key, Link(small, p), Link(large, p), p.Score));
    }

    // Of many labels the weakest are what one looks for
    private static IReadOnlyList<LabelLine> Weakest(IReadOnlyList<LabelLine> labels) => labels.Count <= ConfusionMap.MostWhole
        ? labels
        : [.. labels.OrderBy(l => l.F1).ThenBy(l => l.Label, StringComparer.Ordinal).Take(Labels)];

    private static string Link(PageLinks links, CellPicture picture) =>
        Encoding.UTF8.GetString(links.Of(new ObjectPath(picture.Bucket, picture.Key)));
}

/// <summary>A model with its history.</summary>
/// <param name="Versions">The newest first.</param>
/// <param name="More">Whether there are older ones.</param>
/// <param name="Runs">The newest first.</param>
public sealed record ModelSheet(
    ModelSummary Model, IReadOnlyList<VersionSummary> Versions, bool More, IReadOnlyList<TrainingRun> Runs);

/// <summary>How good a version is, by its labels.</summary>
/// <param name="Labels">In the head's order; of many the weakest first, and not all.</param>
/// <param name="LabelCount">How many there are.</param>
/// <param name="Pairs">What is mixed up most, where the map cannot show all labels.</param>
/// <param name="HasPictures">Whether the pictures of the map's cells are kept.</param>
public sealed record VersionSheet(
    long VersionId, IReadOnlyList<LabelLine> Labels, int LabelCount, ConfusionMap Map, IReadOnlyList<ConfusedPair> Pairs, bool HasPictures);

/// <summary>A picture with links that an <c>&lt;img&gt;</c> can use.</summary>
/// <param name="Key">Of its object.</param>
/// <param name="Large">To look at it closely.</param>
/// <param name="Score">Of the version's answer, 0 to 1.</param>
public sealed record LinkedPicture(string Key, string Link, string Large, float Score);
