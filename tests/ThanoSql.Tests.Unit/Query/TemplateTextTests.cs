using System.Text.Json;
using ThanoSql.Language;
using ThanoSql.Planning;
using ThanoSql.Query.Sdk;

namespace ThanoSql.Tests.Unit.Query;

public sealed class TemplateTextTests
{
    [Theory]
    [InlineData("SELECT {{ a }}", """{"a":"사과"}""", "SELECT '사과'")]
    [InlineData("SELECT {{a}}, {{ b }}", """{"a":1.50,"b":null}""", "SELECT 1.50, NULL")]
    [InlineData("SELECT * FROM t WHERE x IN ({{ a }})", """{"a":["b","c'd",3,true]}""", "SELECT * FROM t WHERE x IN ('b', 'c''d', 3, TRUE)")]
    [InlineData("OPTIONS (top_k={{ k }}, overwrite={{ o }})", """{"k":3,"o":true}""", "OPTIONS (top_k=3, overwrite=TRUE)")]
    [InlineData("SELECT 'x{y}', '{{1,2}}'::int[], {{ a }}", """{"a":1,"other":2}""", "SELECT 'x{y}', '{{1,2}}'::int[], 1")]
    [InlineData("SELECT 1 -- {{ a }}", "{}", "SELECT 1 -- {{ a }}")]
    public void Values_are_bound_as_literals(string template, string values, string bound) => Bind(template, values).ShouldBe(bound);

    [Theory]
    [InlineData("SELECT {{ a }}", "'; DROP TABLE t; --", "SELECT '''; DROP TABLE t; --'")]
    [InlineData("SELECT {{ a }}", "\\'; DROP TABLE t; --", "SELECT E'\\\\''; DROP TABLE t; --'")]
    [InlineData("SELECT E{{ a }}", "\\' OR 1=1 --", "SELECT E E'\\\\'' OR 1=1 --'")]
    [InlineData("SELECT 'a'{{ a }}", " OR 1=1 --", "SELECT 'a' ' OR 1=1 --'")]
    [InlineData("# {{ a }}\nLIST MODEL", "x\nDROP TABLE t --", "# E'x\\u000aDROP TABLE t --'\nLIST MODEL")]
    [InlineData("SELECT {{ a }}", "{{ b }}", "SELECT '{{ b }}'")]
    [InlineData("SELECT {{ a }}", "\\", "SELECT E'\\\\'")]
    [InlineData("SELECT {{ a }}", "$$x$$ \u2028 */", "SELECT E'$$x$$ \\u2028 */'")]
    public void No_text_leaves_its_literal(string template, string value, string bound) =>
        Bind(template, JsonSerializer.Serialize(new { a = value })).ShouldBe(bound);

    [Fact]
    public void A_negative_number_behind_a_minus_begins_no_comment() => Bind("SELECT 5-{{ a }}", """{"a":-1}""").ShouldBe("SELECT 5- -1");

    [Theory]
    [InlineData("SELECT '{{ a }}'", "quotes")]
    [InlineData("SELECT \"{{ a }}\"", "quotes")]
    [InlineData("SELECT $t$ {{ a }} $t$", "quotes")]
    [InlineData("SELECT {{ a.b }}", "braces")]
    [InlineData("SELECT {{ a | upper }}", "braces")]
    [InlineData("SELECT {{ }}", "braces")]
    [InlineData("{% for a in b %} SELECT 1 {% endfor %}", "braces")]
    [InlineData("{# comment #} SELECT 1", "braces")]
    [InlineData("SELECT {{ a }}, '\\'", "backslash")]
    [InlineData("SELECT {{ a }}, $$it's$$", "$-quoted")]
    [InlineData("# don't\nSELECT 'x {{ a }} y', it's", "'#'")]
    public void What_is_no_plain_place_is_refused_with_its_position(string template, string why)
    {
        var refused = Should.Throw<QueryException>(() => TemplateText.Parse(template));

        refused.Code.ShouldBe(ErrorCode.BadRequest);
        refused.Position.ShouldNotBeNull();
        refused.Message.ShouldContain(why);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":{}}""")]
    [InlineData("""{"a":[]}""")]
    [InlineData("""{"a":[[1]]}""")]
    [InlineData("""{"a":"\u0000"}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("[1]")]
    public void A_value_that_is_no_literal_is_refused(string values) =>
        Should.Throw<QueryException>(() => Bind("SELECT {{ a }}", values)).Code.ShouldBe(ErrorCode.BadRequest);

    [Fact]
    public void Its_parameters_are_named_once_and_in_order() =>
        TemplateText.Parse("SELECT {{ b }}, {{a}}, {{ b }}").Parameters.ShouldBe(["b", "a"]);

    [Fact]
    public void A_string_that_is_never_closed_is_a_syntax_error() =>
        Should.Throw<ThanoSqlSyntaxException>(() => TemplateText.Parse("SELECT '{{ a }}"));

    private static string Bind(string template, string values)
    {
        using var json = JsonDocument.Parse(values);
        return TemplateText.Parse(template).Bind(json.RootElement);
    }
}
