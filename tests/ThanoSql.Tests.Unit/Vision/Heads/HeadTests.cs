using ThanoSql.Vision.Heads;

namespace ThanoSql.Tests.Unit.Vision.Heads;

public sealed class HeadTests
{
    [Fact]
    public void Probabilities_are_the_softmax_of_the_linear_map()
    {
        var head = Make(labels: 7, dimensions: 45);
        var embedding = Embeddings(1, 45);
        var probabilities = new float[7];
        head.Score(embedding, probabilities);
        Expected(head, embedding).Zip(probabilities).ShouldAllBe(p => Math.Abs(p.First - p.Second) < 1e-6);
    }

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(100, 33, 7)]
    [InlineData(301, 768, 100)]
    public void A_batch_gives_the_very_bits_of_each_row_alone(int rows, int dimensions, int labels)
    {
        var head = Make(Math.Max(2, labels), dimensions);
        var embeddings = Embeddings(rows, dimensions);
        var batch = new float[rows * head.Labels.Count];
        head.ScoreBatch(embeddings, batch);
        for (var r = 0; r < rows; r++)
        {
            var alone = new float[head.Labels.Count];
            head.Score(embeddings.AsSpan(r * dimensions, dimensions), alone);
            batch.AsSpan(r * alone.Length, alone.Length).SequenceEqual(alone).ShouldBeTrue();
        }
    }

    [Fact]
    public void Top_k_is_sorted_and_agrees_with_the_batch()
    {
        var head = Make(labels: 40, dimensions: 64);
        var embeddings = Embeddings(10, 64);
        var batch = head.TopKBatch(embeddings);
        for (var r = 0; r < 10; r++)
        {
            var top = head.TopK(embeddings.AsSpan(r * 64, 64));
            top.ShouldBe(batch[r]);
            top.Length.ShouldBe(5);
            top.Select(t => t.Score).ShouldBeInOrder(SortDirection.Descending);
        }
    }

    [Fact]
    public void Equal_scores_come_in_the_order_of_the_labels() =>
        new Head(["b", "a", "c"], new float[6], new float[3], new float[3]).TopK(new Half[2], 2).Select(t => t.Label).ShouldBe(["b", "a"]);

    [Fact]
    public void An_embedding_of_another_length_is_refused() =>
        Should.Throw<ArgumentException>(() => Make(3, 8).Score(new Half[7], new float[3])).Message.ShouldContain("7 dimensions");

    [Fact]
    public void Bytes_come_back_as_the_same_head()
    {
        var head = Make(5, 12).WithThresholds([0, 0.25f, 0.5f, 0.75f, 1]);
        var copy = Head.FromBytes(head.ToBytes());
        copy.Labels.ShouldBe(head.Labels);
        copy.Weights.ToArray().ShouldBe(head.Weights.ToArray());
        copy.Bias.ToArray().ShouldBe(head.Bias.ToArray());
        copy.Thresholds.ToArray().ShouldBe(head.Thresholds.ToArray());
    }

    [Fact]
    public void Damaged_bytes_are_refused_wherever_the_damage_is()
    {
        var bytes = Make(3, 4).ToBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            Should.Throw<InvalidDataException>(() => Head.FromBytes(damaged));
            Should.Throw<InvalidDataException>(() => Head.FromBytes(bytes.AsSpan(0, i)));
        }
    }

    [Fact]
    public void Heads_that_could_not_answer_are_refused()
    {
        Should.Throw<ArgumentException>(() => new Head(["a"], [1], [0], [0]));
        Should.Throw<ArgumentException>(() => new Head(["a", "a"], [1, 1], [0, 0], [0, 0])).Message.ShouldContain("'a' comes twice");
        Should.Throw<ArgumentException>(() => new Head(["a", ""], [1, 1], [0, 0], [0, 0]));
        Should.Throw<ArgumentException>(() => new Head(["a", "b"], [1, float.NaN], [0, 0], [0, 0]));
        Should.Throw<ArgumentException>(() => new Head(["a", "b"], [1, 1, 1], [0, 0], [0, 0]));
        Should.Throw<ArgumentException>(() => new Head(["a", "b"], [1, 1], [0, 0], [0, 1.5f]));
    }

    private static Head Make(int labels, int dimensions)
    {
        var random = new Random(3);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
        return new([.. Enumerable.Range(0, labels).Select(k => $"사과 {k}")], Values(labels * dimensions), Values(labels), new float[labels]);
    }

    private static Half[] Embeddings(int rows, int dimensions)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, rows * dimensions).Select(_ => (Half)(random.NextDouble() - 0.5))];
    }

    private static double[] Expected(Head head, Half[] embedding)
    {
        var logits = head.Bias.ToArray().Select((b, k) =>
            b + embedding.Select((x, d) => (double)x * head.Weights.Span[(k * head.Dimensions) + d]).Sum()).ToArray();
        var sum = logits.Sum(Math.Exp);
        return [.. logits.Select(z => Math.Exp(z) / sum)];
    }
}
