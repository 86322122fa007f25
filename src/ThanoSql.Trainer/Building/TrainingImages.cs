using System.Security.Cryptography;
using System.Text;
using ThanoSql.Catalog.Labels;

namespace ThanoSql.Trainer.Building;

/// <summary>From image paths to contents with embeddings, each on its side of the held-out split.</summary>
internal sealed class TrainingImages(
    NpgsqlDataSource database, EmbeddingSpaces spaces, ImageEmbedder embedder, HeldOutPart heldOut, IOptions<TrainingOptions> options)
{
    /// <exception cref="QueryException">
    /// Too many images cannot be read, or the rest has no two labels with two images each; or, where all labels must be learned, one has not.
    /// </exception>
    public async Task<TrainingData> PrepareAsync(BuildPlan plan, LabelledImages rows, RunSession session)
    {
        var trunk = plan.TrunkId is { } id
            ? await spaces.OpenAsync(id, session.Stopping)
            : await spaces.OpenAsync(plan.Algorithm, plan.Options.Preprocessing, session.Stopping);
        if (trunk.Note is { } note)
            session.Say($"Note: {note}");
        var contents = await embedder.EnsureAsync(
            [.. rows.Images.Select(i => i.Path)], trunk.TrunkId, plan.Options.Epochs, new EmbeddingReport(session, "looking at images"),
            session.Stopping);
        var usable = Usable(rows, contents, session);
        var rare = RareLabels.Of([.. usable.Values], plan.Options.LabelCol, all: plan.Labels is not null);
        RareLabels.Say(rare, "since of their images one alone can be read", session);
        var learned = usable.Where(u => !rare.ContainsKey(u.Value)).ToDictionary();
        var data = await SplitAsync(plan, trunk, learned, session.Stopping);
        return HeedHeldOut(
            data with { LeftOut = rows.LeftOut.Concat(rare).ToDictionary(), Merged = rows.Merged, Balance = plan.Options.Balance },
            plan.Labels is not null, session);
    }

    // The part that judges stays as it is for ever, and may have grown to all images of a label
    private static TrainingData HeedHeldOut(TrainingData data, bool all, RunSession session)
    {
        var trained = data.Training.Select(c => c.Label).ToHashSet(StringComparer.Ordinal);
        var judged = data.HeldOut.Where(c => !trained.Contains(c.Label)).CountBy(c => c.Label).ToDictionary();
        if (judged.Count == 0)
            return data;
        if (all || trained.Count < 2)
            throw RareLabels.AllHeldOut(judged);
        RareLabels.Say(judged, "since all of their images are held out to judge versions", session);
        return data with
        {
            Contents = [.. data.Contents.Where(c => trained.Contains(c.Label))],
            LeftOut = data.LeftOut.Concat(judged).ToDictionary(),
        };
    }

    /// <summary>Content → label; a picture under several names counts once, with the label of the first.</summary>
    private Dictionary<long, string> Usable(LabelledImages rows, IReadOnlyList<long?> looked, RunSession session)
    {
        var usable = new Dictionary<long, string>();
        var (missing, ofPeople, contradicted) = (rows.WithoutPath, 0, 0);
        foreach (var (image, known) in rows.Images.Zip(looked))
        {
            if (known is not { } content)
                _ = image.OfPeople ? ofPeople++ : missing++;
            else if (!usable.TryAdd(content, image.Label) && usable[content] != image.Label)
                contradicted++;
        }
        // What people labelled and nobody can read any more does not speak against the source
        MissingImages.Heed(
            missing, rows.Images.Count(i => !i.OfPeople) + rows.WithoutPath, options.Value.MissingImages, rows.ImageCol, session);
        if (ofPeople > 0)
            session.Say($"{ofPeople} images that people labelled are missing or unreadable and are left out.");
        if (contradicted > 0)
            session.Say($"{contradicted} images are copies of others under another label; the first label counts.");
        return usable;
    }

    private async Task<TrainingData> SplitAsync(
        BuildPlan plan, EmbeddingSpace trunk, Dictionary<long, string> usable, CancellationToken cancellationToken)
    {
        var hashes = await TrainingEmbeddings.HashesAsync(database, usable.Keys, cancellationToken);
        var known = plan.Existing is { } model ? await heldOut.LoadAsync(model.ModelId, usable.Keys, cancellationToken) : [];
        var split = HeldOutSplit.Assign(
            usable.Select(u => (hashes[u.Key], u.Value)), options.Value.HeldOut, known.ToDictionary(k => hashes[k.Key], k => k.Value));
        return new TrainingData(
            trunk.TrunkId, trunk.Embedder.Size, plan.Options.Epochs,
            [.. usable.Select(u => new LabelledContent(u.Key, u.Value, split[hashes[u.Key]])).OrderBy(c => c.Content)],
            DataFingerprint.Of(usable.Select(u => (hashes[u.Key], u.Value))), trunk.Note)
        {
            TrunkMayHaveSeenThem = plan.TrunkId is not null,
        };
    }
}

/// <summary>Pictures of a source that are not there or cannot be read: some are bearable.</summary>
internal static class MissingImages
{
    /// <param name="missing">Those of <paramref name="total"/>.</param>
    /// <param name="total">Images that the source names.</param>
    /// <param name="most">The share that may be missing, 0 to 1.</param>
    /// <param name="imageCol">Where their paths stand.</param>
    /// <param name="session">Hears of it.</param>
    /// <exception cref="QueryException">There are too many.</exception>
    public static void Heed(int missing, int total, double most, string imageCol, RunSession session)
    {
        if (missing > most * total)
        {
            throw new QueryException(
                ErrorCode.MissingImages,
                $"{missing} of {total} images are missing or unreadable, more than {most:P0}: check the paths of column " +
                $"'{imageCol}' (SELECT * FROM thanosql.failures shows why).");
        }
        if (missing > 0)
            session.Say($"{missing} of {total} images are missing or unreadable and are left out (SELECT * FROM thanosql.failures shows why).");
    }
}

/// <summary>A content that a model is trained on or judged by.</summary>
/// <param name="HeldOut">Whether it judges.</param>
internal sealed record LabelledContent(long Content, string Label, bool HeldOut);

/// <summary>All that a head is made of.</summary>
/// <param name="Fingerprint">Equal for equal contents and labels in the same embedding space.</param>
/// <param name="Views">Views of each training content; at least 1.</param>
/// <param name="Note">What a user must be told of the trunk; null when it is the one that was asked for.</param>
internal sealed record TrainingData(
    int TrunkId, int Dimensions, int Views, IReadOnlyList<LabelledContent> Contents, string Fingerprint, string? Note)
{
    /// <summary>Labels that were too rare to learn, with the number of their images.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether the trunk may have been tuned on the training part: only the held-out part then says how sure a head may be.</summary>
    public bool TrunkMayHaveSeenThem { get; init; }

    /// <summary>Labels that were spelled in several ways → each spelling with the number of its images.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Merged { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, int>>();

    /// <summary>Whether every label counts alike, however many images it has.</summary>
    public bool Balance { get; init; }

    public IEnumerable<LabelledContent> Training => Contents.Where(c => !c.HeldOut);

    public IEnumerable<LabelledContent> HeldOut => Contents.Where(c => c.HeldOut);
}

/// <summary>A text that is equal when training would learn from the same: a schedule without new data is skipped.</summary>
internal static class DataFingerprint
{
    /// <param name="rows">SHA-256 and label of each content, in any order.</param>
    public static string Of(IEnumerable<(string ContentHash, string Label)> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (content, label) in rows.OrderBy(r => r.ContentHash, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{content} {label}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
