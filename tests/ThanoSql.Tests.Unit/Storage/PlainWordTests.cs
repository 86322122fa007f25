using ThanoSql.Storage.Unicode;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class PlainWordTests
{
    [Theory]
    [InlineData("과일", "과일")]
    [InlineData("\u1100\u116A\u110B\u1175\u11AF", "과일")] // decomposed, as macOS sends it
    [InlineData("과\u200B일\uFEFF", "과일")]
    [InlineData(" 과일\u00A0", "과일")]
    [InlineData("apple \t\u3000pie", "apple pie")]
    [InlineData("\u200E\u200F\u202E\u2066", "")]
    [InlineData(" \u200B ", "")]
    [InlineData("", "")]
    [InlineData("क्\u200Dष", "क्\u200Dष")] // a joiner is spelling
    [InlineData("Fruit", "Fruit")]
    public void A_word_is_what_people_see_of_it(string word, string plain)
    {
        PlainWord.Of(word).ShouldBe(plain);
        PlainWord.Of(plain).ShouldBe(plain);
    }

    [Theory]
    [InlineData("Fruit", "FRUIT", true)]
    [InlineData("Éclair ", "e\u0301clair", true)]
    [InlineData("ПИРОГ", "пирог", true)]
    [InlineData("Straße", "Strasse", false)]
    public void Folded_words_are_alike_but_for_case(string one, string other, bool alike) =>
        (PlainWord.Folded(one) == PlainWord.Folded(other)).ShouldBe(alike);
}
