namespace ThanoSql.Embedding.Similarity;

/// <summary>The best of those that were offered: the greatest similarity first, equals by content.</summary>
/// <param name="top">How many are kept; from 1.</param>
internal sealed class NearestSoFar(int top)
{
    private static readonly Comparer<SimilarContent> BestFirst = Comparer<SimilarContent>.Create(
        (a, b) => a.Similarity != b.Similarity ? b.Similarity.CompareTo(a.Similarity) : a.ContentId.CompareTo(b.ContentId));

    private readonly SortedSet<SimilarContent> _best = new(BestFirst);

    /// <summary>Best first.</summary>
    public IReadOnlyList<SimilarContent> Best => [.. _best];

    /// <summary>Whether a content would be kept, if it had this similarity.</summary>
    public bool Takes(long content, float similarity) =>
        _best.Count < top || BestFirst.Compare(new SimilarContent(content, similarity), _best.Max) < 0;

    /// <param name="content">Not offered before.</param>
    /// <param name="similarity">A number.</param>
    public void Offer(long content, float similarity)
    {
        if (!Takes(content, similarity))
            return;
        _best.Add(new SimilarContent(content, similarity));
        if (_best.Count > top)
            _best.Remove(_best.Max);
    }
}
