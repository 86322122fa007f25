namespace ThanoSql.Planning;

/// <summary>
/// The rows of a source with the model's best label beside each: a look-up per row, which streams, where the source reads a pipeline's table with
/// nothing left to key, or where the request may end at an image without answer. Else it runs once into a temporary table, in order, where images
/// that have no answer yet get one.
/// </summary>
internal sealed class AnsweredSource
{
    private const string Ordinal = "thanosql_ordinal";
    private const int LongestPath = 1_200; // characters; a key of S3 has 1,024 bytes
    private const int MostImages = 500_000; // looked at for one statement

    private AnsweredSource(QueryFacts facts, string imageColumn, IReadOnlyList<string> columns)
    {
        Facts = facts;
        ImageColumn = imageColumn;
        Columns = columns;
    }

    public QueryFacts Facts { get; }

    public ServingModel Model => Facts.Model;

    public string ImageColumn { get; }

    /// <summary>Those of the source, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Set when the rows were kept; null when the source can be asked directly.</summary>
    public string? Table { get; private set; }

    // Whether a row may turn out to have no answer.
    private bool IsUnsure { get; set; }

    /// <summary>The column of <see cref="Table"/> with the best label, and the order of its rows.</summary>
    public const string BestLabel = "thanosql_best";

    public static string OrderBy => $"ORDER BY {Ordinal}";

    /// <param name="session">The request.</param>
    /// <param name="statement">Whose source.</param>
    /// <param name="modelName">The model that answers.</param>
    /// <param name="options">What the statement says of it.</param>
    /// <param name="scope">WITH queries around the statement.</param>
    /// <param name="cancellationToken">Cancels what runs on the server, too.</param>
    public static async Task<AnsweredSource> OpenAsync(
        Session session, SourcedStatement statement, Name modelName, SourceOptions options, CommonTable? scope, CancellationToken cancellationToken)
    {
        // The catalog is asked on the owner's connection while the user's describes the source.
        var asking = FindAsync(
            session, modelName, options.Rows is SourceRows.Kept ? null : TableOf(statement.Source, scope), options.Word, cancellationToken);
        var describing = session.ColumnsAsync(statement.Source, scope, cancellationToken);
        await Task.WhenAll(asking, describing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a model that is not there is told first
        var (facts, columns) = (await asking, await describing);
        RefuseWithoutLabels(session, statement, modelName, facts.Model);
        RefuseDuplicates(session, statement.Verb, statement.Source, columns);
        var source = new AnsweredSource(facts, ImageColumnOf(session, statement, facts.Model, options.ImageColumn, columns), columns);
        if (facts.KeyedThrough.TryGetValue(source.ImageColumn, out var keyedBy))
        {
            session.Expect(source.StillKeyed(TableOf(statement.Source, scope)!, keyedBy));
        }
        else if (options.Rows is SourceRows.Streamed && !session.Fills)
        {
            source.IsUnsure = true;
            session.Expect(source.SameModel());
        }
        else
        {
            await source.KeepAsync(session, statement, scope, cancellationToken);
        }

        return source;
    }

    /// <summary>The best label of a row of <paramref name="alias"/>.</summary>
    public string BestOf(string alias, Session session)
    {
        var (version, path, workspace) = (Model.VersionId, Path(alias), session.Options.Workspace);
        return IsUnsure ? AnswerSql.BestLabelOrEnd(version, path, workspace) : AnswerSql.BestLabel(version, path, workspace);
    }

    /// <summary>The best labels of a row of <paramref name="alias"/>, for LATERAL: one row of <c>labels</c>, best first, and <c>score</c>.</summary>
    public string BestLabelsOf(string alias, int most, Session session) =>
        AnswerSql.BestLabels(Model.VersionId, Path(alias), session.Options.Workspace, most);

    /// <summary>The one table that a source reads row by row; null for every other source.</summary>
    public static string? TableOf(QuerySyntax source, CommonTable? scope)
    {
        if (!source.IsPlainSql || SimpleSource.TableOf(source.Sql) is not { } table)
            return null;
        // A WITH query of that name hides the table.
        return scope?.InScope().Any(t => t.Name == table) == true ? null : table;
    }

    private string Path(string alias) => $"{alias}.{Identifier.Quote(ImageColumn)}::text";

    private PlanCheck SameModel() => new(AnswerSql.Stamp(Model.Name), ["stamp"], [Facts.Stamp]);

    private PlanCheck StillKeyed(string table, string keyedBy) => new(
        AnswerSql.StampAndKeyed(Model.Name, table, keyedBy, ImageColumn), ["stamp", "corrected", "keyed"],
        [Facts.Stamp, Facts.HasCorrections ? "true" : "false", "true"]);

    private async Task KeepAsync(Session session, SourcedStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        session.KeepsRows();
        Table = session.NewName();
        await session.KeepAsync(Table, into => Rows(session, statement, scope, into), cancellationToken);

        var missing = await MissingAsync(session, cancellationToken);
        if (missing.Count == 0)
            return;
        await session.FillAsync(Model, missing, cancellationToken);
        await session.ExecuteAsync(
            AnswerSql.FillBestLabels(Table, BestLabel, Model.VersionId, Path("s"), session.Options.Workspace), cancellationToken);
        await TellAsync(session, cancellationToken);
    }

    // A look-up per row costs in proportion to the source; for a join PostgreSQL might hash every answer there is.
    private SqlDraft.Builder Rows(Session session, SourcedStatement statement, CommonTable? scope, SqlDraft.Builder into)
    {
        into.Add($"SELECT s.*, {BestOf("s", session)} AS {BestLabel} FROM (SELECT row_number() OVER () AS {Ordinal}, q.* FROM ");
        return SourceText.AddTo(into, statement.Source, scope).Add(" AS q) AS s");
    }

    private async Task<IReadOnlyList<string>> MissingAsync(Session session, CancellationToken cancellationToken)
    {
        var image = Identifier.Quote(ImageColumn);
        var missing = await session.RowsAsync<string>(
            string.Create(CultureInfo.InvariantCulture, $"""
                SELECT DISTINCT {image}::text FROM {Table}
                WHERE {BestLabel} IS NULL AND {image} IS NOT NULL AND length({image}::text) <= {LongestPath} LIMIT {MostImages + 1}
                """),
            cancellationToken);
        return missing.Count <= MostImages
            ? missing
            : throw new QueryException(
                ErrorCode.ResourceLimit, $"More than {MostImages:N0} images of the source were never looked at.",
                hint: "Ask for a part of them at a time: with WHERE or LIMIT.");
    }

    private async Task TellAsync(Session session, CancellationToken cancellationToken)
    {
        var left = await MissingAsync(session, cancellationToken);
        if (left.Count == 0)
            return;
        session.Messages.Add(string.Create(CultureInfo.InvariantCulture,
            $"{left.Count} image(s) could not be read and have no answer, for example '{left[0]}'. Why: SELECT * FROM thanosql.failures"));
    }

    private static void RefuseWithoutLabels(Session session, SourcedStatement statement, Name name, ServingModel model)
    {
        if (model.HasLabels)
            return;
        var what = statement is SearchStatement ? "SEARCH IMAGE by keyword" : statement.Verb;
        throw new QueryException(
            ErrorCode.NoLabels, $"{what} needs a model with labels, and '{model.Name}' has none.", session.At(name.Span),
            EmbeddingModel.Hint(model.Name));
    }

    /// <exception cref="QueryException">Two columns have one name.</exception>
    public static void RefuseDuplicates(Session session, string verb, QuerySyntax source, IReadOnlyList<string> columns)
    {
        var twin = columns.GroupBy(c => c).FirstOrDefault(g => g.Skip(1).Any());
        if (twin is null)
            return;
        throw new QueryException(
            ErrorCode.ColumnExists, $"The source of {verb} has two columns named '{twin.Key}'.", session.At(source.Span),
            "Name them apart: SELECT a.x AS a_x, b.x AS b_x …");
    }

    /// <exception cref="QueryException">There is no such model; the hint names the nearest.</exception>
    public static async Task<QueryFacts> FindAsync(Session session, Name name, string? table, string? word, CancellationToken cancellationToken)
    {
        if (await session.Answers.FindAsync(name.Folded, table, word, cancellationToken) is { } facts)
            return facts;
        var names = await session.Answers.ModelNamesAsync(cancellationToken);
        var hint = NearestName.Of(name.Folded, names) is { } nearest
            ? $"Did you mean '{nearest}'?"
            : names.Count == 0 ? "Build one first: BUILD MODEL … USING ConvNeXt_Tiny …" : $"There are: {string.Join(", ", names.Take(20))}.";
        throw new QueryException(ErrorCode.UnknownModel, $"There is no model '{name.Folded}'.", session.At(name.Span), hint);
    }

    /// <summary>The option, else the column of the model's BUILD, else <c>image_path</c>, else <c>image</c>.</summary>
    /// <exception cref="QueryException">The source has none of them; the message lists the columns it has.</exception>
    public static string ImageColumnOf(Session session, SourcedStatement statement, ServingModel model, string? asked, IReadOnlyList<string> columns)
    {
        string[] candidates = asked is null ? [model.ImageColumn, "image_path", "image"] : [asked];
        if (candidates.FirstOrDefault(columns.Contains) is { } found)
            return found;
        throw new QueryException(
            ErrorCode.UnknownColumn,
            $"The source of {statement.Verb} has no image column '{candidates[0]}'; its columns are: {string.Join(", ", columns)}.",
            session.At(statement.Source.Span), "Name the column that holds image paths: OPTIONS (image_col='…').");
    }
}

/// <summary>What a statement says of its source.</summary>
/// <param name="ImageColumn">The option <c>image_col</c>; null for the model's own.</param>
/// <param name="Word">The keyword it searches; null for none.</param>
/// <param name="Rows">How its rows are needed.</param>
internal sealed record SourceOptions(string? ImageColumn, string? Word = null, SourceRows Rows = SourceRows.Filled)
{
    /// <summary>Options that notebooks give and that change no answer here: answers come from the model's own embedding space.</summary>
    public static void ReadIgnored(OptionReader reader)
    {
        reader.WholeNumber("batch_size", 16, 1, 65536);
        reader.WholeNumberOrNone("input_size", null, 1, 4096);
    }
}

/// <summary>How a statement needs the rows of its source.</summary>
internal enum SourceRows
{
    /// <summary>One after another, each with its answer.</summary>
    Streamed,

    /// <summary>Every image that can be read has an answer before the first row is read.</summary>
    Filled,

    /// <summary>As a table.</summary>
    Kept,
}
