using System.Runtime.Intrinsics.X86;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Tests.Unit.Vision.Similarity;

public sealed class QuantisationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(320)]
    [InlineData(1536)]
    public void The_bound_holds_for_vectors_of_any_kind(int dimensions)
    {
        var random = new Random(dimensions);
        for (var i = 0; i < 2000; i++)
        {
            var stored = TestVectors.Odd(random, dimensions);
            var asked = TestVectors.Floats(TestVectors.Odd(random, dimensions));
            if (asked.All(v => v == 0))
                continue;
            var query = CosineQuery.Of(asked);
            var codes = new sbyte[CodeProduct.Padded(dimensions)];
            QuantisedRow.TryQuantise(stored, codes, out var row).ShouldBeTrue();

            var dots = new int[1];
            CodeProduct.Multiply(codes, query.Codes, dots);
            var estimate = dots[0] * (row.Scale * query.Scale);

            var cosine = TestVectors.Cosine(asked, stored);
            Math.Abs(estimate - cosine).ShouldBeLessThanOrEqualTo(row.Error + query.Margin);
            // Or it would hold for everything
            query.Margin.ShouldBeLessThan(0.003f);
            row.Error.ShouldBeLessThan(0.005f * MathF.Sqrt(dimensions));
        }
    }

    [Fact]
    public void The_products_of_the_largest_codes_stay_within_an_int()
    {
        foreach (var dimensions in new[] { 1, 64, 320, 4096, 60_000 })
        {
            var query = CosineQuery.Of(Enumerable.Repeat(1f, dimensions).ToArray());
            var codes = Enumerable.Repeat((sbyte)-127, query.Codes.Length).ToArray();
            var dots = new int[1];

            CodeProduct.Multiply(codes, query.Codes, dots);

            dots[0].ShouldBe((int)query.Codes.Sum(c => -127L * c));
        }
    }

    [Fact]
    public void All_processors_find_the_same_products()
    {
        var random = new Random(1);
        foreach (var length in new[] { 64, 320, 1024 })
        {
            var rows = Enumerable.Range(0, 7 * length).Select(_ => (sbyte)random.Next(-127, 128)).ToArray();
            var query = Enumerable.Range(0, length).Select(_ => (short)random.Next(-16000, 16001)).ToArray();
            var (plain, avx2, avx512) = (new int[7], new int[7], new int[7]);

            CodeProduct.MultiplyPlain(rows, query, plain);

            if (Avx2.IsSupported)
            {
                CodeProduct.Multiply256(rows, query, avx2);
                avx2.ShouldBe(plain);
            }
            if (Avx512BW.IsSupported)
            {
                CodeProduct.Multiply512(rows, query, avx512);
                avx512.ShouldBe(plain);
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_not_finite_is_refused(float value)
    {
        Should.Throw<ArgumentException>(() => CosineQuery.Of([1, value]));
        QuantisedRow.TryQuantise([(Half)1, (Half)value], new sbyte[64], out _).ShouldBeFalse();
    }

    [Fact]
    public void A_vector_without_a_direction_is_refused()
    {
        Should.Throw<ArgumentException>(() => CosineQuery.Of([0, -0f]));
        Should.Throw<ArgumentException>(() => CosineQuery.Of([]));
    }

    [Fact]
    public void Similarities_are_exact_however_long_or_short_the_vectors_are()
    {
        CosineQuery.Of([3e38f, 3e38f]).Similarity([Half.Epsilon, Half.Epsilon]).ShouldBe(1);
        CosineQuery.Of([float.Epsilon, 0]).Similarity([Half.MaxValue, Half.MaxValue]).ShouldBe(MathF.Sqrt(0.5f));
        CosineQuery.Of([1, 0]).Similarity([(Half)(-2), default]).ShouldBe(-1);
        CosineQuery.Of([1, 0]).Similarity([default, default]).ShouldBe(0);
    }
}
