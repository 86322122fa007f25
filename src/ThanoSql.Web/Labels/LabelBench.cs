namespace ThanoSql.Web.Labels;

/// <summary>The pictures that lie before somebody, and which of them are chosen. One is current: from there keys move on.</summary>
internal sealed class LabelBench
{
    private readonly List<LabelView> _views = [];
    private readonly HashSet<long> _chosen = [];
    private int _anchor; // where a range begins

    public IReadOnlyList<LabelView> Views => _views;

    /// <summary>A place in <see cref="Views"/>; 0 when there is none.</summary>
    public int Current { get; private set; }

    /// <summary>Those that what is said is said of, in their order.</summary>
    public IReadOnlyList<LabelView> Chosen => _views.FindAll(IsChosen);

    public int Count => _chosen.Count;

    public bool IsChosen(LabelView view) => _chosen.Contains(view.Item.ImageId);

    /// <summary>Puts pictures behind those that are there; one that is there already stays where it is.</summary>
    public void Add(IEnumerable<LabelView> views)
    {
        var known = _views.Select(v => v.Item.ImageId).ToHashSet();
        _views.AddRange(views.Where(v => known.Add(v.Item.ImageId)));
    }

    /// <summary>Chooses a picture.</summary>
    /// <param name="place">In <see cref="Views"/>; what lies beyond it is the first or the last.</param>
    /// <param name="reach">What becomes of those that are chosen.</param>
    public void Choose(int place, Reach reach)
    {
        if (_views.Count == 0)
            return;
        Current = Math.Clamp(place, 0, _views.Count - 1);
        if (reach is Reach.Only or Reach.Range)
            _chosen.Clear();
        if (reach == Reach.Toggle && _chosen.Remove(_views[Current].Item.ImageId))
            return;
        if (reach == Reach.Range)
            _chosen.UnionWith(_views[Math.Min(_anchor, Current)..(Math.Max(_anchor, Current) + 1)].Select(v => v.Item.ImageId));
        else if (reach != Reach.None)
            _chosen.Add(_views[Current].Item.ImageId);
        if (reach != Reach.Range)
            _anchor = Current;
    }

    /// <summary>Moves from the current picture; with none chosen, it is chosen first. There is no way around the ends of a grid.</summary>
    public void Move(int right, int down, int columns, Reach reach)
    {
        if (_chosen.Count == 0 && reach != Reach.None)
        {
            Choose(Current, Reach.Only);
            return;
        }
        var place = Current + right + down * columns;
        if (place >= 0 && place < _views.Count)
            Choose(place, reach);
        else if (down > 0 && Current / columns < (_views.Count - 1) / columns)
            Choose(_views.Count - 1, reach); // the last row is shorter
    }

    public void ChooseAll()
    {
        _anchor = 0;
        _chosen.UnionWith(_views.Select(v => v.Item.ImageId));
    }

    public void ChooseNone() => _chosen.Clear();

    /// <summary>Takes the chosen pictures away; what follows becomes current, and is chosen.</summary>
    /// <returns>Each with its place.</returns>
    public IReadOnlyList<(int Place, LabelView View)> TakeChosen()
    {
        var taken = _views.Index().Where(v => IsChosen(v.Item)).Select(v => (v.Index, v.Item)).ToList();
        if (taken.Count == 0)
            return [];
        _views.RemoveAll(IsChosen);
        _chosen.Clear();
        Choose(taken[0].Index, Reach.Only);
        return taken;
    }

    /// <summary>Puts back what was taken away, where it was, and chooses it.</summary>
    public void PutBack(IReadOnlyList<(int Place, LabelView View)> taken)
    {
        if (taken.Count == 0)
            return;
        _chosen.Clear();
        foreach (var (place, view) in taken.Where(t => _views.TrueForAll(v => v.Item.ImageId != t.View.Item.ImageId)))
            _views.Insert(Math.Min(place, _views.Count), view);
        _chosen.UnionWith(taken.Select(t => t.View.Item.ImageId));
        Current = _anchor = _views.FindIndex(IsChosen);
    }
}

/// <summary>What becomes of those that are chosen when another one is.</summary>
public enum Reach
{
    /// <summary>They are chosen no more.</summary>
    Only,

    /// <summary>All from where the last choice began.</summary>
    Range,

    /// <summary>They stay, and this one changes.</summary>
    Toggle,

    /// <summary>Nothing: keys only go there.</summary>
    None,
}
