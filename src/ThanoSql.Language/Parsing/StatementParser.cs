namespace ThanoSql.Language.Parsing;

/// <summary>
/// Reads one ThanoSQL statement from its verb to its end; a source runs to the end of the text or to the parenthesis around the statement.
/// </summary>
/// <param name="commonTables">What its source may name.</param>
internal sealed class StatementParser(ParseContext context, CommonTable? commonTables)
{
    private readonly string _text = context.Text;

    public Statement Parse(Token verb)
    {
        context.EnterStatement(verb.Span.Start);
        var word = verb.Span.Of(_text).ToUpperInvariant();
        var reader = new ClauseReader(_text, word, verb.Span.End);
        var statement = word switch
        {
            "BUILD" or "FIT" or "UPLOAD" or "DELETE" => Model(verb, word),
            "PREDICT" or "EVALUATE" or "CONVERT" or "TRANSFORM" or "GENERATE" => Applied(verb, word, reader),
            "SEARCH" => Search(verb, reader),
            "FUNCTION" => Function(verb, reader),
            "LIST" => List(verb, reader),
            "PRINT" => Print(verb, reader),
            "PREPROCESS" => Preprocess(verb, reader),
            "COPY" => CopyParser.Parse(verb, reader),
            "GET" => Get(verb, reader),
            _ => CreateTableUsing(verb),
        };
        context.LeaveStatement();
        return statement;
    }

    private Statement Model(Token verb, string word)
    {
        var reader = new ClauseReader(_text, $"{word} MODEL", verb.Span.End);
        reader.Expect("MODEL");
        var model = reader.Name("a model name");
        switch (word)
        {
            case "DELETE":
                return new DeleteModelStatement(SpanTo(verb, reader.End), model, new OptionList([], new TextSpan(reader.End, 0)));
            case "UPLOAD":
                var uploaded = OptionParser.Parse(reader);
                reader.Expect("FROM");
                var path = reader.String("a path in quotes");
                return new UploadModelStatement(SpanTo(verb, reader.End), model, uploaded, path);
            default:
                reader.Expect("USING");
                var basis = reader.Name(word == "FIT" ? "the name of a model to go on from" : "the name of an algorithm");
                var options = OptionParser.Parse(reader);
                var source = Source(reader);
                var span = SpanTo(verb, reader.End);
                return word == "FIT"
                    ? new FitModelStatement(span, model, basis, options, source)
                    : new BuildModelStatement(span, model, basis, options, source);
        }
    }

    private AppliedStatement Applied(Token verb, string word, ClauseReader reader)
    {
        reader.Expect("USING");
        var model = reader.Name("a model name");
        var options = OptionParser.Parse(reader);
        var source = Source(reader);
        var span = SpanTo(verb, reader.End);
        return word switch
        {
            "PREDICT" => new PredictStatement(span, model, options, source),
            "EVALUATE" => new EvaluateStatement(span, model, options, source),
            "CONVERT" => new ConvertStatement(span, model, options, source),
            "TRANSFORM" => new TransformStatement(span, model, options, source),
            _ => new GenerateStatement(span, model, options, source),
        };
    }

    private SearchStatement Search(Token verb, ClauseReader reader)
    {
        var kind = (MediaKind)reader.Expect("IMAGE", "AUDIO", "VIDEO", "TEXT", "KEYWORD");
        var hasInput = reader.Next.Kind == TokenKind.Word && ClauseLexer.Next(_text, reader.Next.Span.End).Is(_text, '=');
        var input = hasInput ? OptionParser.ParseOption(reader) : null;
        var model = reader.TakeIf("USING") ? reader.Name("a model name") : null;
        var options = OptionParser.Parse(reader);
        var source = Source(reader);
        return new SearchStatement(SpanTo(verb, reader.End), kind, input, model, options, source);
    }

    private FunctionStatement Function(Token verb, ClauseReader reader)
    {
        var module = reader.Name("a module");
        reader.Expect('.', "between module and function");
        var function = reader.Name("a function");
        var options = OptionParser.Parse(reader);
        var path = reader.TakeIf("FROM") ? reader.String("a path in quotes") : null;
        var source = path is null ? Source(reader) : null;
        return new FunctionStatement(SpanTo(verb, reader.End), module, function, options, source, path);
    }

    private static ListStatement List(Token verb, ClauseReader reader)
    {
        var kind = reader.Expect("TABLE", "MODEL", "THANOSQL_MODEL", "THANOSQL") switch
        {
            0 => ListKind.Tables,
            1 => ListKind.Models,
            2 => ListKind.PrebuiltModels,
            _ => reader.Expect("MODEL", "DATASET", "TUTORIAL") switch
            {
                0 => ListKind.PrebuiltModels,
                1 => ListKind.Datasets,
                _ => ListKind.Tutorials,
            },
        };
        return new ListStatement(SpanTo(verb, reader.End), kind, new OptionList([], new TextSpan(reader.End, 0)));
    }

    private PrintStatement Print(Token verb, ClauseReader reader)
    {
        var kind = (MediaKind)reader.Expect("IMAGE", "AUDIO", "VIDEO");
        var options = OptionParser.Parse(reader);
        var source = Source(reader);
        return new PrintStatement(SpanTo(verb, reader.End), kind, options, source);
    }

    private static PreprocessStatement Preprocess(Token verb, ClauseReader reader)
    {
        var kind = (MediaKind)reader.Expect("IMAGE", "AUDIO", "VIDEO", "TEXT");
        reader.Expect("USING");
        var method = reader.Name("the name of a method");
        var options = OptionParser.Parse(reader);
        reader.Expect("FROM");
        var path = reader.String("a path in quotes");
        return new PreprocessStatement(SpanTo(verb, reader.End), kind, method, options, path);
    }

    private static Statement Get(Token verb, ClauseReader reader)
    {
        reader.Expect("THANOSQL");
        if (reader.Expect("DATASET", "MODEL") == 0)
        {
            var dataset = reader.Name("a dataset name");
            var datasetOptions = OptionParser.Parse(reader);
            return new GetDatasetStatement(SpanTo(verb, reader.End), dataset, datasetOptions);
        }
        var model = reader.Name("a model name");
        var options = OptionParser.Parse(reader);
        var newName = reader.TakeIf("AS") ? reader.Name("the model's new name") : null;
        return new GetModelStatement(SpanTo(verb, reader.End), model, options, newName);
    }

    private CreateTableUsingStatement CreateTableUsing(Token verb)
    {
        var reader = new ClauseReader(_text, "CREATE TABLE USING", verb.Span.End);
        reader.Expect("TABLE");
        var table = reader.TableName();
        reader.Expect("USING");
        var model = reader.Name("a model name");
        var options = OptionParser.Parse(reader);
        var folder = reader.TakeIf("FROM") ? reader.String("a folder in quotes") : null;
        var source = folder is null ? Source(reader) : null;
        return new CreateTableUsingStatement(SpanTo(verb, reader.End), table, model, options, folder, source);
    }

    private QuerySyntax Source(ClauseReader reader)
    {
        reader.Expect("AS");
        var first = SqlLexer.Next(_text, reader.Next.Span.Start);
        var isQuery = first.Is(_text, '(') || SqlWords.StartsSource(first.Characters(_text)) || StatementStarts.AtStart(_text, first);
        if (!isQuery)
            throw reader.Unexpected("needs a query behind AS", SourceHint(first));

        var scanner = new QueryScanner(context, StatementPlace.Source, commonTables);
        var source = scanner.Scan(first);
        if (source.Statement is { IsNestable: false } inner)
            throw Misplaced.TopLevelOnly(_text, inner);
        reader.SkipTo(scanner.End);
        return source;
    }

    private string? SourceHint(Token first)
    {
        if (first.Kind is not (TokenKind.Word or TokenKind.QuotedName))
            return null;
        var word = first.Span.Of(_text);
        if (Misspellings.IsPostgresCommand(word))
            return "A source only reads.";
        var nearest = NearestName.Of(word, ["SELECT", "WITH", "VALUES", .. StatementStarts.Verbs]);
        return nearest is null ? $"For all rows of a table write AS SELECT * FROM {word}." : $"Did you mean {nearest}?";
    }

    private static TextSpan SpanTo(Token verb, int end) => TextSpan.FromBounds(verb.Span.Start, end);
}
