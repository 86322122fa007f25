using Microsoft.Extensions.Options;
using ThanoSql.Embedding;
using ThanoSql.Planning.Pictures;
using ThanoSql.Storage;

namespace ThanoSql.Planning;

/// <summary>The real <see cref="FillAnswers"/>: embeds what was never looked at, keys what has no answer of the version yet.</summary>
public sealed class MissingAnswers(ImageEmbedder embedder, KeywordWriter keywords, IOptions<SqlOptions> options)
{
    public async Task FillAsync(ServingModel model, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        var objects = paths.Select(p => StorePath.TryParse(p, options.Value.Workspace, out var path) ? path : null).OfType<ObjectPath>().ToList();
        var progress = new LookProgress(report);
        var contents = await embedder.EnsureAsync(objects, model.TrunkId, views: 1, progress, cancellationToken);
        await keywords.EnsureAsync(model.VersionId, [.. contents.OfType<long>()], cancellationToken);
        if (contents.Count(c => c is null) is > 0 and var without)
        {
            report(string.Create(
                CultureInfo.InvariantCulture,
                $"{without} of {contents.Count} images have no answer: they are gone or no pictures, or the model gives none (thanosql.failures)"));
        }
    }
}

/// <summary>Looks at images that a model version has no answer for: reads, embeds and keys them, and commits.</summary>
/// <param name="model">Whose version.</param>
/// <param name="paths">As the user's table holds them, distinct, not null.</param>
/// <param name="report">Progress, for people.</param>
/// <param name="cancellationToken">What is committed by then stays.</param>
public delegate Task FillAnswers(ServingModel model, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken);
