using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Query.Similarity;

/// <summary>
/// Goes along a table by path and gives the groups of pictures that are chained by their similarity. A group is given where its first path is met,
/// so it comes once, whatever page that is on.
/// </summary>
/// <param name="contents">The index.</param>
/// <param name="catalog">Contents and their paths.</param>
/// <param name="rows">The table.</param>
/// <param name="space">Where pictures are compared.</param>
/// <param name="least">Cosine of two pictures that are taken for one.</param>
internal sealed class DuplicateWalk(SimilarContents contents, NpgsqlDataSource catalog, DuplicateRows rows, int space, double least)
{
    /// <summary>Pictures of a group, not counting those of the same bytes. A larger group is given in parts.</summary>
    public const int MostContents = 50;

    private const int Step = 200; // paths
    private const int FirstNeighbours = 64;
    private const int MostNeighbours = 4096;

    private readonly HashSet<long> _given = [];

    /// <param name="after">The path of the table to begin behind; null for the first.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <returns>Each path of the table, with the group that begins there.</returns>
    public async IAsyncEnumerable<DuplicateStep> StepsAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await rows.NextAsync(after, Step, cancellationToken) is { Count: > 0 } paths)
        {
            var known = (await rows.ContentsAsync(paths, cancellationToken)).ToDictionary(c => c.Path, c => c.ContentId);
            var vectors = await VectorsAsync([.. known.Values.Distinct()], cancellationToken);
            var shown = await rows.ShownAsync([.. vectors.Keys], paths[0], cancellationToken);
            foreach (var path in paths)
            {
                DuplicateGroup? group = null;
                if (known.TryGetValue(path, out var content) && !_given.Contains(content) && vectors.TryGetValue(content, out var vector))
                    group = await GroupAsync(path, (content, vector), shown.GetValueOrDefault(content).Rows, cancellationToken);
                yield return new DuplicateStep(path, group);
            }
            after = paths[^1];
        }
    }

    private async Task<DuplicateGroup?> GroupAsync(
        string path, (long Id, float[] Vector) first, long firstRows, CancellationToken cancellationToken)
    {
        var near = await NeighboursAsync(first.Vector, cancellationToken);
        near.Remove(first.Id);
        if (near.Count == 0 && firstRows < 2)
            return null;
        var (members, looked, more) = (new HashSet<long>(), new HashSet<long> { first.Id }, false);
        for (var ring = new HashSet<long>(near) { first.Id }; ring.Count > 0;)
        {
            var shown = await rows.ShownAsync([.. ring], path, cancellationToken);
            if (shown.Values.Any(s => s.IsBefore))
                return null; // it was given there
            members.UnionWith(shown.Keys);
            ring = [];
            foreach (var member in members.Except(looked).Order().ToList())
            {
                if (members.Count > MostContents)
                    break;
                looked.Add(member);
                if ((await VectorsAsync([member], cancellationToken)).TryGetValue(member, out var vector))
                    ring.UnionWith(await NeighboursAsync(vector, cancellationToken));
            }
            ring.ExceptWith(members);
            more = members.Count > MostContents;
            if (more)
                break;
        }
        if (members.Count < 2 && firstRows < 2)
            return null; // its neighbours are of other tables
        _given.UnionWith(members);
        var similarities = (await VectorsAsync([.. members], cancellationToken)).ToDictionary(
            m => m.Key,
            m => m.Key == first.Id ? 1 : SimilarCandidates.Rounded(TensorPrimitives.CosineSimilarity<float>(first.Vector, m.Value)));
        return new DuplicateGroup(similarities, more);
    }

    private async Task<HashSet<long>> NeighboursAsync(float[] vector, CancellationToken cancellationToken)
    {
        for (var top = FirstNeighbours; ; top *= 8)
        {
            var found = await contents.NearestAsync(space, vector, top, among: null, cancellationToken);
            if (found.Count < top || !(found[^1].Similarity >= least) || top >= MostNeighbours)
                return [.. found.Where(c => c.Similarity >= least).Select(c => c.ContentId)];
        }
    }

    private async Task<Dictionary<long, float[]>> VectorsAsync(IReadOnlyCollection<long> of, CancellationToken cancellationToken) =>
        (await PlainEmbeddings.OfAsync(catalog, space, of, cancellationToken)).ToDictionary(e => e.ContentId, e => HalfVector.ToFloats(e.Vector));
}

/// <param name="Path">Of the table.</param>
/// <param name="Group">That begins there; null for none.</param>
internal sealed record DuplicateStep(string Path, DuplicateGroup? Group);

/// <param name="Similarities">Of its contents to the first picture.</param>
/// <param name="More">Whether there are more than these.</param>
internal sealed record DuplicateGroup(IReadOnlyDictionary<long, float> Similarities, bool More)
{
    /// <summary><c>content</c> where all are of the same bytes, <c>similar</c> where they look alike.</summary>
    public string Kind => Similarities.Count == 1 ? "content" : "similar";
}
