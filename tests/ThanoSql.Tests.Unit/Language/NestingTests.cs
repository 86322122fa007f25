using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

public sealed class NestingTests
{
    private const string P = "PREDICT USING m AS SELECT * FROM t";

    [Theory]
    [InlineData($"SELECT * FROM ({P})", StatementPlace.FromItem, false)]
    [InlineData($"SELECT * FROM ({P}) B WHERE x", StatementPlace.FromItem, true)]
    [InlineData($"SELECT * FROM ({P}) AS \"B\"", StatementPlace.FromItem, true)]
    [InlineData($"SELECT * FROM ({P})\"B\"", StatementPlace.FromItem, true)]
    [InlineData($"SELECT * FROM ({P}) -- B\n LIMIT 3", StatementPlace.FromItem, false)]
    [InlineData($"SELECT * FROM a, ({P}), b", StatementPlace.FromItem, false)]
    [InlineData($"SELECT * FROM a JOIN b ON a.x = b.x, ({P}) c", StatementPlace.FromItem, true)]
    [InlineData($"SELECT * FROM (( {P} ) p JOIN q USING (id))", StatementPlace.FromItem, true)]
    [InlineData($"DELETE FROM a USING ({P}) p WHERE a.x = p.x", StatementPlace.FromItem, true)]
    [InlineData($"MERGE INTO a USING ({P}) p ON a.x = p.x WHEN MATCHED THEN DELETE", StatementPlace.FromItem, true)]
    [InlineData($"UPDATE a SET x = p.x FROM ({P}) p", StatementPlace.FromItem, true)]
    [InlineData($"INSERT INTO a SELECT * FROM ({P})", StatementPlace.FromItem, false)]
    [InlineData($"CREATE TEMP TABLE a AS SELECT * FROM ({P})", StatementPlace.FromItem, false)]
    [InlineData($"EXPLAIN (COSTS off) SELECT * FROM ({P})", StatementPlace.FromItem, false)]
    [InlineData($"SELECT * FROM a LEFT JOIN ({P}) ON true", StatementPlace.JoinItem, false)]
    [InlineData($"SELECT * FROM a CROSS JOIN ({P})", StatementPlace.JoinItem, false)]
    [InlineData($"SELECT * FROM a, LATERAL ({P}) p", StatementPlace.LateralItem, true)]
    [InlineData($"SELECT * FROM a JOIN LATERAL ({P}) p ON true", StatementPlace.LateralItem, true)]
    [InlineData($"WITH x AS ({P}) SELECT * FROM x", StatementPlace.CommonTable, false)]
    [InlineData($"WITH x (a, b) AS NOT MATERIALIZED ({P}) SELECT * FROM x", StatementPlace.CommonTable, false)]
    [InlineData($"INSERT INTO t WITH x AS ({P}) SELECT * FROM x", StatementPlace.CommonTable, false)]
    [InlineData($"SELECT 1 UNION ALL ({P})", StatementPlace.QueryTerm, false)]
    [InlineData($"({P}) EXCEPT SELECT 1", StatementPlace.QueryTerm, false)]
    [InlineData($"SELECT 1 UNION DISTINCT ({P}) ORDER BY 1", StatementPlace.QueryTerm, false)]
    [InlineData($"INSERT INTO a ({P})", StatementPlace.QueryTerm, false)]
    [InlineData($"INSERT INTO a (b, \"c\") ({P})", StatementPlace.QueryTerm, false)]
    [InlineData($"CREATE TABLE a AS ({P})", StatementPlace.QueryTerm, false)]
    [InlineData($"SELECT a IN ({P}) FROM t", StatementPlace.SetMembership, false)]
    [InlineData($"SELECT * FROM t WHERE a NOT IN ({P})", StatementPlace.SetMembership, false)]
    [InlineData($"SELECT * FROM t WHERE a = ANY ({P})", StatementPlace.SetMembership, false)]
    [InlineData($"SELECT * FROM t WHERE a > ALL ({P})", StatementPlace.SetMembership, false)]
    [InlineData($"SELECT * FROM t WHERE NOT EXISTS ({P})", StatementPlace.Exists, false)]
    [InlineData($"SELECT ARRAY({P})", StatementPlace.Array, false)]
    [InlineData($"SELECT ({P})", StatementPlace.Scalar, false)]
    [InlineData($"SELECT coalesce(({P}), 0)", StatementPlace.Scalar, false)]
    [InlineData($"SELECT a = ({P}) FROM t", StatementPlace.Scalar, false)]
    [InlineData($"SELECT extract(year FROM ({P}))", StatementPlace.Scalar, false)]
    [InlineData($"SELECT a IS DISTINCT FROM ({P}) FROM t", StatementPlace.Scalar, false)]
    [InlineData($"SELECT * FROM t ORDER BY 1, ({P})", StatementPlace.Scalar, false)]
    [InlineData($"VALUES (1, ({P}))", StatementPlace.Scalar, false)]
    public void The_place_and_the_alias_are_known(string text, StatementPlace place, bool hasAlias)
    {
        var part = Parsed.Nested(text);

        part.Place.ShouldBe(place);
        if (place is StatementPlace.FromItem or StatementPlace.JoinItem or StatementPlace.LateralItem)
            part.HasAlias.ShouldBe(hasAlias);
        part.Span.Of(text).ShouldBe(P);
        part.Statement.Span.ShouldBe(part.Span);
    }

    [Fact]
    public void Several_pairs_of_parentheses_count_as_one()
    {
        const string text = $"SELECT * FROM (( ({P}) )) AS x";

        var part = Parsed.Nested(text);

        part.Parentheses!.Value.Of(text).ShouldBe($"(( ({P}) ))");
        part.HasAlias.ShouldBeTrue();
    }

    [Fact]
    public void The_whole_request_may_stand_in_parentheses()
    {
        var part = Parsed.Nested($"({P});");

        part.Place.ShouldBe(StatementPlace.QueryTerm);
        part.Parentheses.ShouldBe(new TextSpan(0, P.Length + 2));
    }

    [Fact]
    public void Statements_nest_in_the_sources_of_statements()
    {
        var print = Parsed.Statement<PrintStatement>("PRINT IMAGE AS SEARCH KEYWORD USING k AS (SELECT * FROM (PREDICT USING m AS (LIST MODEL)))");

        var search = print.Source.Statement.ShouldBeOfType<SearchStatement>();
        var part = search.Source.Parts.OfType<StatementPart>().ShouldHaveSingleItem();
        part.Place.ShouldBe(StatementPlace.FromItem);
        var list = part.Statement.ShouldBeOfType<PredictStatement>().Source;
        list.Statement.ShouldBeOfType<ListStatement>();
        list.Parts.ShouldHaveSingleItem().ShouldBeOfType<StatementPart>().Place.ShouldBe(StatementPlace.Source);
    }

    [Theory]
    [InlineData("PREDICT USING m AS (SELECT 1) UNION (SELECT 2)", "(SELECT 1) UNION (SELECT 2)")]
    [InlineData("PREDICT USING m AS ( SELECT 1 -- one\n )", "SELECT 1")]
    [InlineData("PREDICT USING m AS ((SELECT 1))", "(SELECT 1)")]
    [InlineData("PREDICT USING m AS SELECT 1 -- one", "SELECT 1")]
    [InlineData("PREDICT USING m # both\nAS /* x */ WITH a AS (SELECT 1) SELECT * FROM a ;", "WITH a AS (SELECT 1) SELECT * FROM a")]
    public void A_source_is_the_text_of_a_query_without_what_surrounds_it(string text, string source)
    {
        var query = Parsed.Statement<PredictStatement>(text).Source;

        query.Sql.ShouldBe(source);
        Parsed.Concatenated(query).ShouldBe(source);
    }

    [Fact]
    public void A_statement_knows_the_common_tables_that_it_may_name()
    {
        const string text =
            "WITH a AS (SELECT 1), \"B\"(x) AS MATERIALIZED (SELECT ')' FROM a) " +
            "SELECT * FROM (WITH c AS (SELECT 3) SELECT * FROM (PREDICT USING m AS SELECT * FROM a) p) q";

        var tables = Parsed.Nested(text).CommonTables!.InScope().ToList();

        tables.Select(t => t.Name).ShouldBe(["c", "B", "a"]);
        tables.Select(t => t.Definition.Of(text)).ShouldBe(["c AS (SELECT 3)", "\"B\"(x) AS MATERIALIZED (SELECT ')' FROM a)", "a AS (SELECT 1)"]);
    }

    [Fact]
    public void A_common_table_ends_with_its_query()
    {
        Parsed.Nested($"SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) q, ({P}) r").CommonTables.ShouldBeNull();
        Parsed.Nested($"WITH a AS ({P}), b AS (SELECT 1) SELECT * FROM a, b").CommonTables.ShouldBeNull();
        Parsed.Nested($"SELECT now() AT TIME ZONE 'x' FROM a FETCH FIRST 1 ROW WITH TIES UNION ({P})").CommonTables.ShouldBeNull();
    }

    [Fact]
    public void A_recursive_body_knows_that_it_is_open()
    {
        var table = Parsed.Nested($"WITH RECURSIVE a AS (SELECT 1 UNION SELECT * FROM ({P})) SEARCH DEPTH FIRST BY x, y SET z SELECT * FROM a")
            .CommonTables!;

        (table.Name, table.IsRecursive, table.IsOpen).ShouldBe(("a", true, true));
    }

    [Fact]
    public void A_source_inherits_the_common_tables_around_its_statement()
    {
        var outer = Parsed.Nested("WITH a AS (SELECT 1) SELECT * FROM (PREDICT USING m AS SELECT * FROM (PREDICT USING n AS SELECT * FROM a))");

        var inner = ((PredictStatement)outer.Statement).Source.Parts.OfType<StatementPart>().ShouldHaveSingleItem();
        inner.CommonTables!.Name.ShouldBe("a");
    }
}
