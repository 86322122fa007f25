using System.Runtime.CompilerServices;
using Dapper;
using ThanoSql.Planning.Pictures;

namespace ThanoSql.Planning;

/// <summary>One request while it is planned: the user's connection, the text as edited so far, what to tell the user.</summary>
internal sealed class Session(
    NpgsqlConnection connection, SqlDraft draft, PlanningMeans means, bool fills, Action<string> report)
{
    private readonly List<PlanCheck> _checks = [];
    private bool _keepsRows;
    private int _names;

    public SqlDraft Draft => draft;

    public TextPosition At(TextSpan span) => TextPosition.Of(draft.Text, span.Start);

    public AnswerCatalog Answers => means.Answers;

    public PictureMeans Pictures => means.Pictures;

    public SqlOptions Options => means.Options;

    /// <summary>
    /// Whether images without an answer get one while the request is planned; else a query that meets one ends with
    /// <see cref="ErrorCode.UnansweredState"/>.
    /// </summary>
    public bool Fills => fills;

    public List<string> Messages { get; } = [];

    /// <summary>What must hold for the plan to be used again; null when it cannot be.</summary>
    public IReadOnlyList<PlanCheck>? Checks => _keepsRows ? null : _checks;

    /// <summary>The plan is right as long as the check holds.</summary>
    public void Expect(PlanCheck check) => _checks.Add(check);

    /// <summary>The plan reads rows that were kept for this request alone.</summary>
    public void KeepsRows() => _keepsRows = true;

    /// <summary>A name that no table or alias of the user has.</summary>
    public string NewName() => $"thanosql_{++_names}";

    /// <summary>Tells the user at once, while the request is planned.</summary>
    public void Report(string message) => report(message);

    public Task FillAsync(ServingModel model, IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        means.Fill(model, paths, report, cancellationToken);

    /// <summary>The columns of a query, without running it.</summary>
    public async Task<IReadOnlyList<string>> ColumnsAsync(QuerySyntax source, CommonTable? scope, CancellationToken cancellationToken)
    {
        var sql = SourceText.AddTo(draft.Compose().Add("SELECT * FROM "), source, scope).Add(" AS thanosql_source LIMIT 0").Build();
        await using var command = Whole(sql);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SchemaOnly, cancellationToken);
            var columns = Enumerable.Range(0, reader.FieldCount).Select(reader.GetName).ToList();
            Expect(new PlanCheck(sql.Sql, columns));
            return columns;
        }
        catch (PostgresException error)
        {
            throw QueryException.OfSource(error, sql, draft.Text);
        }
    }

    /// <summary>Runs SQL with the user's rights.</summary>
    public Task ExecuteAsync(SqlText sql, CancellationToken cancellationToken) => ExecuteAsync(sql, [], [], cancellationToken);

    private async Task ExecuteAsync(SqlText sql, string[] before, string[] after, CancellationToken cancellationToken)
    {
        await using var command = Whole(sql);
        for (var i = 0; i < before.Length; i++)
            command.BatchCommands.Insert(i, new NpgsqlBatchCommand(before[i]));
        foreach (var next in after)
            command.BatchCommands.Add(new NpgsqlBatchCommand(next));
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException error)
        {
            throw QueryException.OfSource(error, sql, draft.Text);
        }
    }

    /// <summary>
    /// Keeps the rows of a user's query in a temporary table. It is made empty and filled then: until a table is committed, nobody else can tell how
    /// large it grows. What the query itself may write is another matter: the session of a role that only reads lets it make nothing.
    /// </summary>
    public async Task KeepAsync(string table, Func<SqlDraft.Builder, SqlDraft.Builder> rows, CancellationToken cancellationToken)
    {
        var make = rows(draft.Compose().Add($"CREATE TEMPORARY TABLE {table} AS ")).Add(" WITH NO DATA").Build();
        var fill = rows(draft.Compose().Add($"INSERT INTO {table} ")).Build();
        await ExecuteAsync(make, ["BEGIN READ WRITE"], ["COMMIT"], cancellationToken);
        // A setting that the query changed would be in force for what comes next: the size of memory, or how a string is read.
        await ExecuteAsync(fill, [], ["RESET ALL"], cancellationToken);
    }

    /// <summary>Rows of one text, or of a tuple.</summary>
    public async Task<IReadOnlyList<T>> RowsAsync<T>(string sql, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<T>(new CommandDefinition(sql, cancellationToken: cancellationToken))).AsList();

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) => ExecuteAsync(new SqlText(sql, []), cancellationToken);

    /// <summary>Makes a temporary table of ours.</summary>
    /// <param name="table">A <see cref="NewName"/>.</param>
    /// <param name="columns">With their types.</param>
    /// <param name="cancellationToken">Leaves none behind.</param>
    public Task MakeAsync(string table, string columns, CancellationToken cancellationToken) =>
        ExecuteAsync(new SqlText($"CREATE TEMPORARY TABLE {table} ({columns})", []), ["BEGIN READ WRITE"], ["COMMIT"], cancellationToken);

    /// <summary>Several statements, all or nothing.</summary>
    public async Task ExecuteAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var sql in statements)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Adds rows to a table that <see cref="MakeAsync"/> made.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="rows">Values in the order of its columns, of exactly their types.</param>
    /// <param name="cancellationToken">Leaves the table without them.</param>
    public async Task AddAsync(string table, IEnumerable<object?[]> rows, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"COPY {table} FROM STDIN (FORMAT BINARY)", cancellationToken);
        foreach (var row in rows)
            await copy.WriteRowAsync(cancellationToken, row);
        await copy.CompleteAsync(cancellationToken);
    }

    /// <summary>Rows of a query of ours, one after another; the connection is taken until the last.</summary>
    public async IAsyncEnumerable<NpgsqlDataReader> ReadAsync(string sql, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return reader;
    }

    // Npgsql cuts a plain command at each ';' that it sees and would run the pieces; a batch's commands go to the server whole, which refuses several
    // statements.
    private NpgsqlBatch Whole(SqlText sql) => new(connection) { BatchCommands = { new NpgsqlBatchCommand(sql.Sql) } };
}

/// <summary>What all requests share.</summary>
internal sealed record PlanningMeans(AnswerCatalog Answers, FillAnswers Fill, PictureMeans Pictures, SqlOptions Options);
