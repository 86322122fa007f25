using ThanoSql.Storage.Unicode;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class CanonicalFormTests
{
    [Theory]
    [InlineData("사과파이", "\u1109\u1161\u1100\u116A\u1111\u1161\u110B\u1175")]
    [InlineData("값", "\u1100\u1161\u11B9")]
    [InlineData("café", "cafe\u0301")]
    [InlineData("ệ", "e\u0323\u0302")]
    [InlineData("a사과.jpg", "a\u1109\u1161\u1100\u116A.jpg")]
    public void Composed_and_decomposed_spellings_turn_into_each_other(string composed, string decomposed)
    {
        CanonicalForm.Compose(decomposed).ShouldBe(composed);
        CanonicalForm.Decompose(composed).ShouldBe(decomposed);
        CanonicalForm.Compose(composed).ShouldBe(composed);
        CanonicalForm.Decompose(decomposed).ShouldBe(decomposed);
    }

    [Theory]
    [InlineData("\u212B", "\u00C5")] // ANGSTROM SIGN: a singleton
    [InlineData("\u0958", "\u0915\u093C")] // DEVANAGARI QA: a composition exclusion
    [InlineData("e\u0302\u0323", "\u1EC7")] // marks out of order
    [InlineData("\u0344", "\u0308\u0301")] // a mark that never composes
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7")] // one below the first tail
    [InlineData("\U0002F800", "\u4E3D")] // beyond the basic plane
    public void The_special_cases_of_the_standard_hold(string text, string composed) => CanonicalForm.Compose(text).ShouldBe(composed);

    [Fact]
    public void Every_syllable_survives_a_round_trip()
    {
        for (var syllable = '가'; syllable <= '힣'; syllable++)
            CanonicalForm.Compose(CanonicalForm.Decompose(syllable.ToString())).ShouldBe(syllable.ToString());
    }
}
