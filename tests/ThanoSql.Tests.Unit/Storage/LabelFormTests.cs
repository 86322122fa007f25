using ThanoSql.Storage.Unicode;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class LabelFormTests
{
    [Theory]
    [InlineData("사과 파이", "사과파이")]
    [InlineData("\u1109\u1161\u1100\u116A \u1111\u1161\u110B\u1175", "사과파이")] // decomposed, as macOS writes it
    [InlineData("Apple Pie", "apple pie")]
    [InlineData("apple_pie", "ApplePie")] // as folders are named
    [InlineData("ＡＰＰＬＥ　ＰＩＥ", "apple\u00A0pie")]
    [InlineData("ｶﾞﾑ", "ガム")]
    [InlineData("Cafe\u0301", "CAFÉ")]
    [InlineData("SÜSSES", "süßes")]
    [InlineData("ΠΊΤΑΣ", "πίτας")]
    [InlineData("İSTANBUL", "istanbul")]
    [InlineData("T\u2011shirt", "t–SHIRT")]
    [InlineData("M&M’s", "m&m's")]
    [InlineData("☕\uFE0F", "☕")]
    [InlineData("می\u200Cخواهم", "می خواهم")]
    [InlineData("m²", "M2")]
    [InlineData("class_1", "Class 1")]
    public void Spellings_of_one_label_have_one_form(string one, string other)
    {
        LabelForm.Of(one).ShouldBe(LabelForm.Of(other));
        LabelForm.AreOne(one, other).ShouldBeTrue();
    }

    [Theory]
    [InlineData("A-", "A")]
    [InlineData("A-", "A+")]
    [InlineData("C", "C++")]
    [InlineData("C#", "C")]
    [InlineData("AB-1", "AB1")]
    [InlineData("re-sign", "resign")]
    [InlineData("1.5", "15")]
    [InlineData("1 0", "10")]
    [InlineData("size 4_2", "size 42")]
    [InlineData("10-20", "1020")]
    [InlineData("pâté", "pate")]
    [InlineData("kız", "kiz")]
    [InlineData("а", "a")] // Cyrillic
    [InlineData("は", "ハ")]
    [InlineData("O", "0")]
    [InlineData("_", "-")]
    public void What_tells_words_apart_stays(string one, string other) => LabelForm.AreOne(one, other).ShouldBeFalse();

    [Theory]
    [InlineData("사과 파이", "사과파이")]
    [InlineData("Apple  Pie\u200B ", "applepie")]
    [InlineData("1 0", "1 0")]
    [InlineData("_", "_")]
    [InlineData(" \u200B", "")]
    [InlineData("", "")]
    public void A_form_is_what_is_documented(string label, string form) => LabelForm.Of(label).ShouldBe(form);

    [Fact]
    public void A_form_has_itself_as_its_form()
    {
        for (var rune = 1; rune < 0x30000; rune++)
        {
            if (rune is >= 0xD800 and <= 0xDFFF)
                continue;
            var form = LabelForm.Of(char.ConvertFromUtf32(rune) + "a");
            LabelForm.Of(form).ShouldBe(form, $"of U+{rune:X4}");
        }
    }
}
