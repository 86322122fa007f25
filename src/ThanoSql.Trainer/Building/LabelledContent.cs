namespace ThanoSql.Trainer.Building;

/// <summary>A content that teaches or judges a model.</summary>
/// <param name="HeldOut">Judges.</param>
internal sealed record LabelledContent(long Content, string Label, bool HeldOut);

/// <summary>All that a head is made of.</summary>
/// <param name="Fingerprint">Equal for equal contents and labels in the same embedding space.</param>
/// <param name="Views">Views of each content that teaches; at least 1.</param>
/// <param name="Note">What a user must be told of the trunk; null when it is the one that was asked for.</param>
internal sealed record TrainingData(
    int TrunkId, int Dimensions, int Views, IReadOnlyList<LabelledContent> Contents, string Fingerprint, string? Note)
{
    public IEnumerable<LabelledContent> Training => Contents.Where(c => !c.HeldOut);

    public IEnumerable<LabelledContent> HeldOut => Contents.Where(c => c.HeldOut);
}
