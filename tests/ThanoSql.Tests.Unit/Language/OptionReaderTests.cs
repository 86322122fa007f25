using ThanoSql.Language;
using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

public sealed class OptionReaderTests
{
    [Theory]
    [InlineData(Dialect.BuildOld, "epochs")]
    [InlineData(Dialect.BuildNew, "max_epochs")]
    public void Whatever_their_spelling(string text, string written)
    {
        var options = Read(text);

        options.WholeNumber("max_epochs", 3, 1, 1000).ShouldBe(1);
        options.WrittenAs("max_epochs").ShouldBe(written);
        options.Text("image_col", "").ShouldBe("image_path");
        options.Text("label_col", "").ShouldBe("label");
        options.Flag("overwrite", false).ShouldBeTrue();
        options.Number("learning_rate", 1e-3, 0, 1).ShouldBe(1e-3);
        options.Complete();
    }

    [Theory]
    [InlineData("COPY t FROM 'x'", IfExists.Fail)]
    [InlineData("COPY t OPTIONS (overwrite=True) FROM 'x'", IfExists.Replace)]
    [InlineData("COPY t OPTIONS (overwrite=false) FROM 'x'", IfExists.Fail)]
    [InlineData("COPY t OPTIONS (IF_EXISTS='Append') FROM 'x'", IfExists.Append)]
    public void Overwrite_and_if_exists_are_one_question(string text, IfExists answer) => Read(text).IfExists().ShouldBe(answer);

    [Fact]
    public void None_may_mean_all_or_nothing_said()
    {
        Read("PREDICT USING m OPTIONS (top_k=None) AS SELECT 1").WholeNumberOrNone("top_k", 1000, 1, 10_000).ShouldBeNull();
        Read("PREDICT USING m AS SELECT 1").WholeNumberOrNone("top_k", 1000, 1, 10_000).ShouldBe(1000);
        Read("PREDICT USING m OPTIONS (outlier_method=None) AS SELECT 1").Text("outlier_method", "iso").ShouldBe("iso");
    }

    [Fact]
    public void A_list_may_hold_names_and_texts() =>
        Read("PREDICT USING m OPTIONS (features_to_drop=[\"a\", 'it''s', c.d]) AS SELECT 1").TextList("features_to_drop").ShouldBe(
            ["a", "it's", "c.d"]);

    [Theory]
    [InlineData("epochs=1, max_epochs=2", SyntaxErrorCodes.DuplicateOption, "The options epochs and max_epochs mean the same", "max_epochs")]
    [InlineData("a=1, A=2", SyntaxErrorCodes.DuplicateOption, "The option A is given twice", "A=2")]
    [InlineData("image_cl='x'", SyntaxErrorCodes.UnknownOption, "PREDICT has no option image_cl", "image_cl")]
    [InlineData("image_col=1", SyntaxErrorCodes.WrongOptionType, "image_col needs a text in quotes, not 1", "1)")]
    [InlineData("batch_size='16'", SyntaxErrorCodes.WrongOptionType, "batch_size needs a whole number, not '16'", "'16'")]
    [InlineData("batch_size=1.5", SyntaxErrorCodes.WrongOptionType, "batch_size needs a whole number, not 1.5", "1.5")]
    [InlineData("batch_size=-1", SyntaxErrorCodes.OptionOutOfRange, "batch_size must be from 1 to 1024, not -1", "-1")]
    [InlineData("color='GREY'", SyntaxErrorCodes.OptionOutOfRange, "color must be one of 'RGB', 'GRAY', not 'GREY'", "'GREY'")]
    [InlineData("overwrite='True'", SyntaxErrorCodes.WrongOptionType, "overwrite needs True or False, not 'True'", "'True'")]
    public void An_error_stands_at_the_option(string written, string code, string message, string at)
    {
        var text = $"PREDICT USING m OPTIONS ({written}) AS SELECT 1";

        var error = Should.Throw<ThanoSqlSyntaxException>(() =>
        {
            var options = Read(text);
            options.Text("image_col", "image_path");
            options.WholeNumber("batch_size", 16, 1, 1024);
            options.OneOf("color", "RGB", "RGB", "GRAY");
            options.Flag("overwrite", false);
            options.Complete();
        });

        error.Code.ShouldBe(code);
        error.Message.ShouldContain(message);
        text[error.Position.Offset..].ShouldStartWith(at);
    }

    [Fact]
    public void An_unknown_option_brings_the_nearest_one()
    {
        var options = Read("PREDICT USING m OPTIONS (image_cl='x') AS SELECT 1");
        options.OptionalText("image_col").ShouldBeNull();

        Should.Throw<ThanoSqlSyntaxException>(options.Complete).Hint.ShouldNotBeNull().ShouldStartWith("Did you mean image_col?");
    }

    [Theory]
    [InlineData("SEARCH IMAGE keyword='과일' USING m AS SELECT 1", "keyword", "과일")]
    [InlineData("SEARCH IMAGE images=['a', 'b'] USING m AS SELECT 1", "image", "a|b")]
    [InlineData("SEARCH IMAGE USING m OPTIONS (search_by='keyword', search_input='과일') AS SELECT 1", "keyword", "과일")]
    public void A_search_input_is_read_from_either_place(string text, string by, string values)
    {
        var input = SearchInput.Read(text, Parsed.Statement<SearchStatement>(text), Read(text));

        input.By.ShouldBe(by);
        string.Join('|', input.Values).ShouldBe(values);
    }

    [Theory]
    [InlineData("SEARCH IMAGE USING m AS SELECT 1", SyntaxErrorCodes.MissingOption)]
    [InlineData("SEARCH IMAGE USING m OPTIONS (search_input='x') AS SELECT 1", SyntaxErrorCodes.MissingOption)]
    [InlineData("SEARCH IMAGE USING m OPTIONS (search_by='keywrd', search_input='x') AS SELECT 1", SyntaxErrorCodes.OptionOutOfRange)]
    [InlineData("SEARCH IMAGE keywrd='x' USING m AS SELECT 1", SyntaxErrorCodes.UnknownOption)]
    [InlineData("SEARCH IMAGE keyword=1 USING m AS SELECT 1", SyntaxErrorCodes.WrongOptionType)]
    [InlineData("SEARCH IMAGE keyword=[] USING m AS SELECT 1", SyntaxErrorCodes.WrongOptionType)]
    [InlineData("SEARCH IMAGE keyword='x' USING m OPTIONS (search_input='y') AS SELECT 1", SyntaxErrorCodes.DuplicateOption)]
    public void A_search_without_one_clear_input_is_refused(string text, string code) =>
        Should.Throw<ThanoSqlSyntaxException>(() => SearchInput.Read(text, Parsed.Statement<SearchStatement>(text), Read(text))).Code.ShouldBe(code);

    private static OptionReader Read(string text) => new(text, ThanoSqlParser.Parse(text).Statement!);
}
