namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>A check that asks the database: skipped while that does not answer, which <see cref="DatabaseCheck"/> tells.</summary>
internal abstract class DatabaseQuestion(Patient patient) : ICheck
{
    public abstract string Name { get; }

    protected Patient Patient => patient;

    public async Task<Finding> RunAsync(CancellationToken cancellationToken) =>
        await patient.DatabaseAsync().WaitAsync(cancellationToken) is { } database
            ? await AskAsync(database, cancellationToken)
            : Finding.Skipped("the database does not answer (see database)");

    protected abstract Task<Finding> AskAsync(NpgsqlDataSource database, CancellationToken cancellationToken);
}
