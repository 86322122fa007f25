using ThanoSql.Language;

namespace ThanoSql.Tests.Unit.Language;

public sealed class SyntaxErrorTests
{
    [Theory]
    [InlineData("", SyntaxErrorCodes.EmptyQuery, "no statement")]
    [InlineData(" -- nothing\n;", SyntaxErrorCodes.EmptyQuery, "no statement")]
    [InlineData("SELECT 1; SELECT 2", SyntaxErrorCodes.SeveralStatements, "One request")]
    [InlineData("SELECT 1;;", SyntaxErrorCodes.SeveralStatements, "One request")]
    [InlineData("PREDICT USING m AS SELECT 1; DROP TABLE t", SyntaxErrorCodes.SeveralStatements, "One request")]
    [InlineData("SELECT * FROM (PREDICT USING m AS SELECT 1; DROP TABLE t)", SyntaxErrorCodes.SeveralStatements, "One request")]
    [InlineData("LIST MODEL; LIST TABLE", SyntaxErrorCodes.SeveralStatements, "One request")]
    [InlineData("BUILD MODEL", SyntaxErrorCodes.Unexpected, "BUILD MODEL needs a model name here, but the text ends")]
    [InlineData("BUILD MODEL USING ConvNeXt_Tiny AS SELECT 1", SyntaxErrorCodes.Unexpected, "needs a model name here, but found 'USING'")]
    [InlineData("BUILD MODEL m USING AS SELECT 1", SyntaxErrorCodes.Unexpected, "the name of an algorithm")]
    [InlineData("BUILD m USING x AS SELECT 1", SyntaxErrorCodes.Unexpected, "needs MODEL")]
    [InlineData("BUILD MODEL my-model USING x AS SELECT 1", SyntaxErrorCodes.Unexpected, "needs USING here, but found '-'")]
    [InlineData("PREDICT m AS SELECT 1", SyntaxErrorCodes.Unexpected, "PREDICT needs USING here, but found 'm'")]
    [InlineData("PREDICT USING m SELECT 1", SyntaxErrorCodes.Unexpected, "needs AS here")]
    [InlineData("PREDICT USING m AS", SyntaxErrorCodes.Unexpected, "needs a query behind AS here, but the text ends")]
    [InlineData("PREDICT USING m AS ()", SyntaxErrorCodes.Unexpected, "hold no query")]
    [InlineData("PREDICT USING m AS ( )", SyntaxErrorCodes.Unexpected, "hold no query")]
    [InlineData("PREDICT USING m AS (/* SELECT 1 */)", SyntaxErrorCodes.Unexpected, "hold no query")]
    [InlineData("PREDICT USING m AS DROP TABLE t", SyntaxErrorCodes.Unexpected, "needs a query behind AS")]
    [InlineData("PREDICT USING m OPTIONS (a='x' b=1) AS SELECT 1", SyntaxErrorCodes.Unexpected, "needs ')' or ',' behind the option a")]
    [InlineData("PREDICT USING m OPTIONS (a) AS SELECT 1", SyntaxErrorCodes.Unexpected, "needs '=' behind the option a")]
    [InlineData("PREDICT USING m OPTIONS (a=) AS SELECT 1", SyntaxErrorCodes.Unexpected, "needs a value")]
    [InlineData("PREDICT USING m OPTIONS (a=1x) AS SELECT 1", SyntaxErrorCodes.Unexpected, "behind the number 1")]
    [InlineData("PREDICT USING m OPTIONS (a=1,) AS SELECT 1", SyntaxErrorCodes.Unexpected, "needs the name of an option")]
    [InlineData("PREDICT USING m OPTIONS (a=1e999) AS SELECT 1", SyntaxErrorCodes.OptionOutOfRange, "too large")]
    [InlineData("COPY diet FROM diet.csv", SyntaxErrorCodes.Unexpected, "a path or JSON records in quotes")]
    [InlineData("COPY diet FROM 'x' , 1", SyntaxErrorCodes.Unexpected, "COPY ends before ','")]
    [InlineData("DELETE MODEL a b", SyntaxErrorCodes.Unexpected, "DELETE MODEL ends before 'b'")]
    [InlineData("PREDICT USING m AS SELECT 1)", SyntaxErrorCodes.Unexpected, "closes nothing")]
    [InlineData("SELECT 1)", SyntaxErrorCodes.Unexpected, "closes nothing")]
    [InlineData("SELECT (1", SyntaxErrorCodes.Unterminated, "The parenthesis that starts here")]
    [InlineData("SELECT * FROM (LIST MODEL", SyntaxErrorCodes.Unterminated, "The parenthesis that starts here")]
    [InlineData("SELECT 'x", SyntaxErrorCodes.Unterminated, "The string that starts here")]
    [InlineData("SELECT $a$ x $b$", SyntaxErrorCodes.Unterminated, "The string that starts here")]
    [InlineData("SELECT 1 /* /* */", SyntaxErrorCodes.Unterminated, "The comment that starts here")]
    [InlineData("COPY t FROM 'x\\'", SyntaxErrorCodes.Unterminated, "The string that starts here")]
    public void Syntax(string text, string code, string message)
    {
        var error = Parsed.Error(text);

        error.Code.ShouldBe(code);
        error.Message.ShouldContain(message);
    }

    [Theory]
    [InlineData("PREDCT USING m AS SELECT 1", "Did you mean PREDICT?")]
    [InlineData("SELCT 1", "Did you mean SELECT?")]
    [InlineData("BUID MODEL m USING x AS SELECT 1", "Did you mean BUILD?")]
    [InlineData("SELECT * FROM (PREDCT USING m AS SELECT 1)", "Did you mean PREDICT?")]
    [InlineData("BUILD MODLE m USING x AS SELECT 1", "Did you mean MODEL?")]
    [InlineData("BUILD MODEL m USNG x AS SELECT 1", "Did you mean USING?")]
    [InlineData("SEARCH IMGE USING m AS SELECT 1", "Did you mean IMAGE?")]
    [InlineData("GET THANOSQL DATSET diet", "Did you mean DATASET?")]
    [InlineData("LIST MODELS", "Did you mean MODEL?")]
    [InlineData("PREDICT USING m OPTION (a=1) AS SELECT 1", "Did you mean OPTIONS?")]
    [InlineData("PREDICT USING m AS DROP TABLE t", "A source only reads.")]
    [InlineData("PREDICT USING m AS SELET 1", "Did you mean SELECT?")]
    [InlineData("PREDICT USING m AS diet", "AS SELECT * FROM diet")]
    [InlineData("PREDICT USING m AS PREDIT USING m AS SELECT 1", "Did you mean PREDICT?")]
    [InlineData("COPY diet FROM 'x.csv' OPTIONS (overwrite=True)", "COPY my_table OPTIONS (")]
    [InlineData("SELECT * FROM PREDICT USING m AS SELECT 1", "SELECT * FROM (PREDICT …)")]
    [InlineData("SELECT 1 UNION PREDICT USING m AS SELECT 1", "(PREDICT …)")]
    [InlineData("INSERT INTO t PREDICT USING m AS SELECT 1", "INSERT INTO t SELECT * FROM (PREDICT …)")]
    [InlineData("INSERT INTO t (a) PREDICT USING m OPTIONS (b=1) AS SELECT 1", "INSERT INTO t SELECT * FROM (PREDICT …)")]
    [InlineData("CREATE TABLE t AS PREDICT USING m AS SELECT 1", "CREATE TABLE t AS SELECT * FROM (PREDICT …)")]
    [InlineData("CREATE TABLE t AS SEARCH IMAGE USING m AS SELECT 1", "CREATE TABLE t AS SELECT * FROM (SEARCH …)")]
    [InlineData("WITH x AS (SELECT 1) PREDICT USING m AS SELECT * FROM x", "PREDICT … AS WITH … SELECT …")]
    [InlineData("SELECT count(PREDICT USING m AS SELECT 1)", "f((PREDICT …))")]
    [InlineData("CREATE VIEW v AS SELECT * FROM (PREDICT USING m AS SELECT 1)", "CREATE TABLE t AS SELECT * FROM (PREDICT …)")]
    public void The_hint_shows_what_was_meant(string text, string hint) => Parsed.Error(text).Hint.ShouldNotBeNull().ShouldContain(hint);

    [Theory]
    [InlineData("SELECT * FROM (BUILD MODEL m USING x AS SELECT 1)", "BUILD MODEL")]
    [InlineData("SELECT * FROM (FIT MODEL m USING x OPTIONS (a=1) AS SELECT 1)", "FIT MODEL")]
    [InlineData("SELECT (DELETE MODEL m)", "DELETE MODEL")]
    [InlineData("SELECT * FROM (COPY t FROM 'x')", "COPY")]
    [InlineData("SELECT * FROM (GET THANOSQL DATASET d)", "GET THANOSQL DATASET")]
    [InlineData("SELECT * FROM (PRINT IMAGE AS SELECT 1) x", "PRINT")]
    [InlineData("SELECT * FROM (UPLOAD MODEL m FROM 'x')", "UPLOAD MODEL")]
    [InlineData("PREDICT USING m AS BUILD MODEL m USING x AS SELECT 1", "BUILD MODEL")]
    [InlineData("PREDICT USING m AS (PRINT IMAGE AS SELECT 1)", "PRINT")]
    public void A_statement_without_rows_stands_alone(string text, string verb)
    {
        var error = Parsed.Error(text);

        error.Code.ShouldBe(SyntaxErrorCodes.TopLevelOnly);
        error.Message.ShouldStartWith(verb);
        error.Position.Offset.ShouldBe(text.IndexOf(verb.Split(' ')[0], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CREATE VIEW v AS SELECT * FROM (PREDICT USING m AS SELECT 1)", "CREATE VIEW")]
    [InlineData("create or replace temp view v as (PREDICT USING m AS SELECT 1)", "CREATE VIEW")]
    [InlineData("CREATE MATERIALIZED VIEW v AS WITH x AS (PREDICT USING m AS SELECT 1) SELECT 1", "CREATE VIEW")]
    [InlineData("PREPARE p AS SELECT * FROM (PREDICT USING m AS SELECT 1)", "PREPARE")]
    [InlineData("DECLARE c CURSOR FOR SELECT * FROM (PREDICT USING m AS SELECT 1)", "DECLARE")]
    public void A_statement_is_not_stored_for_later(string text, string command)
    {
        var error = Parsed.Error(text);

        error.Code.ShouldBe(SyntaxErrorCodes.NotStorable);
        error.Message.ShouldStartWith(command);
    }

    [Theory]
    [InlineData("COPY (SELECT 1) TO PROGRAM 'sh'")]
    [InlineData("COPY t TO '/etc/passwd'")]
    [InlineData("COPY t FROM PROGRAM 'sh'")]
    [InlineData("COPY t FROM STDIN")]
    [InlineData("COPY t (a, b) FROM 'x.csv'")]
    [InlineData("COPY t FROM 'x.csv' WITH (FORMAT csv)")]
    [InlineData("COPY t FROM 'x.csv' (FORMAT csv)")]
    [InlineData("COPY t FROM 'x.csv' CSV HEADER")]
    [InlineData("/* x */ copy public.t to stdout")]
    public void PostgreSQLs_own_copy_is_turned_away(string text)
    {
        var error = Parsed.Error(text);

        error.Code.ShouldBe(SyntaxErrorCodes.ServerCopy);
        error.Hint.ShouldNotBeNull().ShouldContain("COPY my_table");
    }

    [Theory]
    [InlineData("PREDICT USING m\r\nAS\r\n  diet", 3, 3)]
    [InlineData("SELECT '과일🍎' FROM\n t; SELECT 2", 2, 5)]
    [InlineData("SELECT '🍎', (PREDICT m AS SELECT 1)", 1, 22)]
    public void The_position_counts_lines_and_characters(string text, int line, int column)
    {
        var position = Parsed.Error(text).Position;

        (position.Line, position.Column).ShouldBe((line, column));
    }
}
