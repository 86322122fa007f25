using ThanoSql.Catalog.Tokens;
using ThanoSql.Planning;
using ThanoSql.Query.Statements;

namespace ThanoSql.Tests.Unit.Query;

public class SqlCommandTests
{
    [Theory]
    [InlineData("select 1", "SELECT", TokenScope.Query)]
    [InlineData("  ((SELECT 1) UNION SELECT 2)", "SELECT", TokenScope.Query)]
    [InlineData("(PREDICT USING m AS SELECT 1) UNION (PREDICT USING m AS SELECT 2)", "SELECT", TokenScope.Query)]
    [InlineData("-- a\r\n/* b /* c */ d */WITH x AS (SELECT 1) SELECT", "WITH", TokenScope.Query)]
    [InlineData("CREATE/**/OR--x\nREPLACE TEMP RECURSIVE VIEW v", "CREATE VIEW", TokenScope.Write)]
    [InlineData("create unique index i on t (x)", "CREATE INDEX", TokenScope.Write)]
    [InlineData("DROP MATERIALIZED VIEW v", "DROP MATERIALIZED", TokenScope.Write)]
    [InlineData("INSERT INTO t VALUES (1)", "INSERT", TokenScope.Write)]
    public void A_command_is_known_by_its_first_words(string sql, string name, TokenScope scope) =>
        SqlCommand.Of(sql).ShouldBe(new SqlCommand(name, scope));

    [Theory]
    [InlineData("ALTER ROLE x SUPERUSER")]
    [InlineData("alter/* */user x PASSWORD 'y'")]
    [InlineData("CREATE OR REPLACE FUNCTION f() …")]
    [InlineData("CREATE UNLOGGED")]
    [InlineData("SET x = 1")]
    [InlineData("/* only a comment")]
    [InlineData("\"SELECT\" 1")]
    [InlineData("")]
    public void What_has_no_place_in_a_request_is_refused(string sql) =>
        Should.Throw<QueryException>(() => SqlCommand.Of(sql)).Code.Name.ShouldBe("not_supported");
}
