using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Tests.Unit.Language;

public sealed class ManualStatementTests
{
    [Fact]
    public void Evaluate() => Parsed.Statement<EvaluateStatement>(Dialect.Evaluate).Model.Text.ShouldBe("titanic_automl_classification");

    [Fact]
    public void A_clause_behind_the_source_belongs_to_the_source() =>
        Parsed.Statement<PredictStatement>(Dialect.PredictRandom).Source.Sql.ShouldEndWith("LIMIT 5");

    [Fact]
    public void Fit_with_a_list_in_both_quotes()
    {
        var fit = Parsed.Statement<FitModelStatement>(Dialect.Fit);

        fit.BaseModel.Text.ShouldBe("test_classifier");
        fit.Options.Wrote("target").ShouldBeTrue();
        fit.Options.Items[2].Value.ShouldBeOfType<ListValue>().Items.Cast<StringValue>().Select(s => s.Text)
            .ShouldBe(["name", "ticket", "passengerid", "cabin"]);
    }

    [Fact]
    public void Get_model_with_a_new_name() =>
        Parsed.Statement<GetModelStatement>(Dialect.GetModel).NewName!.Text.ShouldBe("tutorial_product_classifier");

    [Fact]
    public void Upload() => Parsed.Statement<UploadModelStatement>(Dialect.Upload).Path.Text.ShouldBe("test/udm_tutorial/trained_model.pth");

    [Fact]
    public void Delete() => Parsed.Statement<DeleteModelStatement>("delete model My_Model ;").Model.Folded.ShouldBe("my_model");

    [Fact]
    public void Print() => Parsed.Statement<PrintStatement>(Dialect.Print).Kind.ShouldBe(MediaKind.Image);

    [Fact]
    public void Create_table_as_holds_a_convert() => Parsed.Nested(Dialect.CreateTableAsConvert).Statement.ShouldBeOfType<ConvertStatement>();

    [Fact]
    public void Function_from_a_file()
    {
        var function = Parsed.Statement<FunctionStatement>(Dialect.Function);

        (function.Module.Text, function.Function.Text).ShouldBe(("preprocess", "video_to_df"));
        function.Path!.Text.ShouldEndWith(".mp4");
        function.Source.ShouldBeNull();
    }

    [Theory]
    [InlineData(Dialect.SearchByImageOld, "images")]
    [InlineData(Dialect.SearchByTextOld, "text")]
    [InlineData(Dialect.SearchMiddle, "image")]
    [InlineData("SEARCH IMAGE keyword='과일' USING m AS SELECT * FROM diet", "keyword")]
    public void Search_with_its_input_before_using(string text, string key) => Parsed.Statement<SearchStatement>(text).Input!.Name.Text.ShouldBe(key);

    [Theory]
    [InlineData(Dialect.SearchNew)]
    [InlineData("SEARCH IMAGE USING m OPTIONS (search_by='keyword', search_input='과일', top_k=20, min_score=0.5) AS SELECT * FROM diet")]
    public void Search_with_its_input_among_the_options(string text)
    {
        var search = Parsed.Statement<SearchStatement>(text);

        search.Input.ShouldBeNull();
        search.Options.Wrote("search_input").ShouldBeTrue();
    }

    [Theory]
    [InlineData(Dialect.SearchNested, MediaKind.Image)]
    [InlineData(Dialect.SearchKeyword, MediaKind.Keyword)]
    public void Search_in_a_from_clause(string text, MediaKind kind) => ((SearchStatement)Parsed.Nested(text).Statement).Kind.ShouldBe(kind);

    [Fact]
    public void Print_of_a_parenthesised_query_with_a_search_inside()
    {
        var source = Parsed.Statement<PrintStatement>(Dialect.PrintSearch).Source;

        source.Sql.ShouldStartWith("SELECT image_path");
        source.Sql.ShouldEndWith("LIMIT 4");
        Parsed.Concatenated(source).ShouldBe(source.Sql);
        source.Parts.OfType<StatementPart>().ShouldHaveSingleItem().Place.ShouldBe(StatementPlace.FromItem);
    }

    [Theory]
    [InlineData("LIST TABLE", ListKind.Tables)]
    [InlineData("list model", ListKind.Models)]
    [InlineData("LIST THANOSQL MODEL", ListKind.PrebuiltModels)]
    [InlineData("LIST THANOSQL_MODEL", ListKind.PrebuiltModels)]
    [InlineData("LIST THANOSQL DATASET", ListKind.Datasets)]
    [InlineData("LIST THANOSQL TUTORIAL;", ListKind.Tutorials)]
    public void List(string text, ListKind kind) => Parsed.Statement<ListStatement>(text).Kind.ShouldBe(kind);

    [Theory]
    [InlineData("CREATE TABLE t USING m OPTIONS (path_type='folder', file_type=['.jpg']) FROM 'photos'", true)]
    [InlineData("create table public.t using m as select * from photos", false)]
    public void Create_table_using_a_model(string text, bool hasFolder)
    {
        var create = Parsed.Statement<CreateTableUsingStatement>(text);

        create.Table.Table.Text.ShouldBe("t");
        (create.Folder is not null).ShouldBe(hasFolder);
        (create.Source is null).ShouldBe(hasFolder);
    }

    [Theory]
    [InlineData("TRANSFORM USING m AS SELECT 1")]
    [InlineData("GENERATE USING GPT OPTIONS (task='faq') AS SELECT 1")]
    [InlineData("PREPROCESS IMAGE USING resize FROM 'folder'")]
    [InlineData("FUNCTION compute.similarity OPTIONS (top_k=1) AS SELECT * FROM t")]
    [InlineData("BUILD MODEL m USING TFT OPTIONS (group_id_cols=[], seed=None, learning_rate=1e-3, lr=-.5, nested=[[1, 'a'], [b]]) AS TABLE t")]
    public void Rare_and_unsupported_statements_parse_too(string text) => ThanoSqlParser.Parse(text).Statement.ShouldNotBeNull();

    [Fact]
    public void Copy_of_json_records_keeps_the_escapes_of_json()
    {
        var copy = Parsed.Statement<CopyStatement>("""COPY t FROM '[{"a":"it\'s \"x\" \\ \u0041"}]'""");

        copy.Source.IsRecords.ShouldBeTrue();
        copy.Source.Text.ShouldBe("""[{"a":"it's \"x\" \\ \u0041"}]""");
    }
}
