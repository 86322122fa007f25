using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Vision.Classifiers;

/// <summary>A classifier that was brought from elsewhere, in the form that this product works with.</summary>
/// <param name="Trunk">A file for <see cref="Trunks.ClassifierTrunk"/>.</param>
/// <param name="Preprocessing">How pictures become the trunk's input.</param>
/// <param name="Labels">One for each output, in order.</param>
/// <param name="Description">For people: how pictures are prepared, and how its scores were understood.</param>
public sealed record ImportedClassifier(byte[] Trunk, Preprocessing Preprocessing, IReadOnlyList<string> Labels, string Description)
{
    /// <summary>The head that gives back the network's own probabilities: the identity.</summary>
    /// <param name="thresholds">One a label, 0 to 1: the score from which it counts as sure.</param>
    public Head Head(IEnumerable<float> thresholds)
    {
        var count = Labels.Count;
        var weights = new float[count * count];
        for (var k = 0; k < count; k++)
            weights[k * count + k] = 1;
        return new Head(Labels, weights, new float[count], [.. thresholds]);
    }
}
