namespace ThanoSql.Vision.Similarity;

/// <summary>A content that may be among the nearest.</summary>
/// <param name="Most">Its similarity is at most this.</param>
public readonly record struct Candidate(long Content, float Most);

/// <summary>
/// Those of many contents that may be among the nearest: who is left out is certainly farther than as many others as are asked for.
/// </summary>
/// <param name="top">How many are asked for; from 1.</param>
internal sealed class Candidates(int top)
{
    private const int Few = 4096;

    private readonly List<Candidate> _list = [];
    private readonly PriorityQueue<float, float> _bounds = new(); // the largest lower ones, smallest first
    private int _tidyAt = Few;

    /// <summary>As many as are asked for are certainly at least this near.</summary>
    public float Floor { get; private set; } = float.NegativeInfinity;

    /// <param name="content">That was not offered before.</param>
    /// <param name="least">Its similarity is at least this.</param>
    /// <param name="most">At most this; not below <see cref="Floor"/>.</param>
    public void Offer(long content, float least, float most)
    {
        _list.Add(new Candidate(content, most));
        if (_bounds.Count < top)
            _bounds.Enqueue(least, least);
        else if (least > Floor)
            _bounds.EnqueueDequeue(least, least);
        if (_bounds.Count == top)
            Floor = _bounds.Peek();
        if (_list.Count < _tidyAt)
            return;
        // The floor has risen above many of them since
        _list.RemoveAll(c => c.Most < Floor);
        _tidyAt = Math.Max(Few, 2 * _list.Count);
    }

    /// <summary>Those of several that had different contents offered.</summary>
    /// <returns>The largest bound first; equals by content.</returns>
    public static List<Candidate> Join(IReadOnlyCollection<Candidates> parts, int top)
    {
        var bounds = parts.SelectMany(p => p._bounds.UnorderedItems).Select(b => b.Element).OrderDescending();
        var floor = bounds.Skip(top - 1).FirstOrDefault(float.NegativeInfinity);
        var joined = parts.SelectMany(p => p._list).Where(c => c.Most >= floor).ToList();
        joined.Sort((a, b) => a.Most != b.Most ? b.Most.CompareTo(a.Most) : a.Content.CompareTo(b.Content));
        return joined;
    }
}
