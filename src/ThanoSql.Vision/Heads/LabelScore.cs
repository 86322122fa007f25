namespace ThanoSql.Vision.Heads;

/// <summary>A label and the probability (0 to 1) that a head gives it.</summary>
public readonly record struct LabelScore(string Label, float Score);
