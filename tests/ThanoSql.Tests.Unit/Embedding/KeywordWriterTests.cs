using System.Runtime.InteropServices;
using ThanoSql.Embedding;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Embedding;

public sealed class KeywordWriterTests
{
    [Fact]
    public void A_content_gets_the_best_labels_of_the_head_in_the_order_of_their_scores_and_no_more_than_are_kept()
    {
        string[] labels = [.. Enumerable.Range(0, KeywordWriter.Kept + 2).Select(i => $"label {i}")];
        // Two dimensions; the later the label, the more the first one speaks for it and the second one against it
        var weights = labels.SelectMany((_, i) => new[] { (float)i, -i }).ToArray();
        var version = new VersionHead(3, 7, new Head(labels, weights, new float[labels.Length], new float[labels.Length]));

        var rows = KeywordWriter.Answers(version, [(11, Vector(1, 0)), (12, Vector(0, 1))]).ToList();

        rows.Where(r => r.ContentId == 11).Select(r => (r.Rank, r.Keyword)).ShouldBe(
            [(1, "label 6"), (2, "label 5"), (3, "label 4"), (4, "label 3"), (5, "label 2")]);
        rows.Where(r => r.ContentId == 12).Select(r => (r.Rank, r.Keyword)).ShouldBe(
            [(1, "label 0"), (2, "label 1"), (3, "label 2"), (4, "label 3"), (5, "label 4")]);
        rows.ShouldAllBe(r => r.Score > 0 && r.Score < 1);
    }

    private static byte[] Vector(params float[] values) => MemoryMarshal.AsBytes(values.Select(v => (Half)v).ToArray().AsSpan()).ToArray();
}
