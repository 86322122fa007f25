using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Npgsql;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Planning;
using ThanoSql.Query.Search;

namespace ThanoSql.Tests.Unit.Query;

public sealed class SearchFilterTests
{
    [Theory]
    [InlineData("brand", "x", "brand", "=", "x")]
    [InlineData("brand.eq", "x", "brand", "=", "x")]
    [InlineData("brand.ne", "x", "brand", "<>", "x")]
    [InlineData("a.b.lt", "x", "a.b", "<", "x")]
    [InlineData("brand.like", "x", "brand.like", "=", "x")]
    [InlineData("brand.is", "null", "brand", "IS NULL", "")]
    [InlineData("brand.is", "notnull", "brand", "IS NOT NULL", "")]
    [InlineData("brand.in", "a,b", "brand", "IN", """{"a","b"}""")]
    [InlineData("brand.in", @"a\,b,c\\d,e\f", "brand", "IN", """{"a,b","c\\d","e\\f"}""")]
    [InlineData("brand.in", "\"x\",{NULL}", "brand", "IN", """{"\"x\"","{NULL}"}""")]
    [InlineData("brand.in", "", "brand", "IN", """{""}""")]
    public void A_parameter_is_a_condition(string name, string text, string column, string sql, string value)
    {
        var filter = SearchFilter.Read(name, text);

        (filter.Parameter, filter.Column, filter.Operator, filter.Value).ShouldBe((name, column, sql, value));
    }

    [Theory]
    [InlineData("timestamp with time zone", "2026-01-01T00:00:00 09:00", "%2B")]
    [InlineData("timestamp with time zone", "2026-01-01T00:00:00.5 0900", "%2B")]
    [InlineData("timestamp without time zone", "2026-01-01T00:00:00 09", "%2B")]
    [InlineData("timestamp without time zone", "2026-01-01T00:00:00+09:00", "no")]
    [InlineData("timestamp without time zone", "2026-01-01 00:00Z", "none")]
    [InlineData("json", "{}", "compared")]
    public void A_value_that_the_type_does_not_take_is_refused_with_advice(string type, string value, string advice)
    {
        var error = Should.Throw<QueryException>(() => SearchFilter.Read("at.gte", value).Check(new SearchColumn(type, IsOrdered: type != "json")));

        $"{error.Message} {error.Hint}".ShouldContain(advice);
        error.Message.ShouldContain("at.gte");
    }

    [Theory]
    [InlineData("timestamp with time zone", "2026-01-01T00:00:00+09:00")]
    [InlineData("timestamp with time zone", "2026-01-01 00:00:00Z")]
    [InlineData("timestamp without time zone", "2026-01-01 00:00:00")]
    [InlineData("date", "2026-01-01")]
    [InlineData("text", "10:00:00 09:00")]
    public void Other_values_are_left_to_the_server(string type, string value) =>
        SearchFilter.Read("at.gte", value).Check(new SearchColumn(type));

    [Fact]
    public void A_thousand_shapes_of_statements_do_not_stay_in_memory()
    {
        var definition = PipelineFile.Parse("{ name: p, table: t, model: { name: m } }", "p.yaml", "workspace");
        var columns = Enumerable.Range(0, 10).ToDictionary(i => $"c{i}", _ => new SearchColumn("integer"));
        var target = new SearchTarget(definition, columns, ["x"]);
        using var connection = new NpgsqlConnection();
        for (var i = 0; i < 1000; i++)
        {
            var query = new QueryCollection(new Dictionary<string, StringValues>
            {
                ["table"] = "t",
                ["limit"] = $"{(i % 100) + 1}",
                [$"c{i / 100}.lt"] = "1",
            });
            using var command = SearchSql.Command(connection, target, SearchRequest.Read(query), ["x"], null);
        }

        target.Statements.ShouldBeInRange(1, 200);
    }
}
