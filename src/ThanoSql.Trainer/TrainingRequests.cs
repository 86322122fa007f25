using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Catalog.Trunks;

namespace ThanoSql.Trainer;

/// <summary>
/// What people and schedules may ask of training. Every call only queues a run; who wants to know how it goes reads <c>thanosql.training_runs</c>.
/// </summary>
public sealed class TrainingRequests(
    TrainingQueue queue, ModelCatalog models, TrunkCatalog trunks, PipelineCatalog pipelines, Announcer announcer)
{
    /// <summary>
    /// Trains the model of a pipeline anew from its training statement; the result passes the pipeline's gate or does not come into service.
    /// </summary>
    /// <param name="name">The pipeline's or the model's.</param>
    /// <param name="trigger">Why.</param>
    /// <param name="by">Who asks: an <see cref="Actor"/>.</param>
    /// <param name="cancellationToken">Stops before the run is queued.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="QueryException">There is no such pipeline, or it has no training statement.</exception>
    /// <exception cref="TrainingRunOpenException">The model is being built already.</exception>
    public async Task<long> TrainAsync(string name, RunTrigger trigger, string by, CancellationToken cancellationToken)
    {
        var (model, statement) = await StatementAsync(name, dryRun: false, cancellationToken);
        return await AddAsync(new NewTrainingRun(model, trigger, statement, TokenScope.Query) { By = by }, cancellationToken);
    }

    /// <summary>
    /// Trains as <see cref="TrainAsync(string, RunTrigger, string, CancellationToken)"/> does and says what would change, and changes nothing.
    /// </summary>
    /// <param name="name">The pipeline's or the model's.</param>
    /// <param name="by">Who asks: an <see cref="Actor"/>.</param>
    /// <param name="cancellationToken">Stops before the run is queued.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="QueryException">There is no such pipeline, or it has no training statement.</exception>
    /// <exception cref="TrainingRunOpenException">The model is being built already.</exception>
    public async Task<long> DryRunAsync(string name, string by, CancellationToken cancellationToken)
    {
        var (model, statement) = await StatementAsync(name, dryRun: true, cancellationToken);
        return await AddAsync(new NewTrainingRun(model, RunTrigger.Hand, statement, TokenScope.Query) { By = by }, cancellationToken);
    }

    private async Task<(string Model, string Statement)> StatementAsync(string name, bool dryRun, CancellationToken cancellationToken)
    {
        var all = (await pipelines.ListAsync(cancellationToken)).Where(p => p.HasFile).ToList();
        var pipeline = all.Find(p => p.Definition.Name == name)
            ?? all.Find(p => p.Definition.Model.Name == name && p.Definition.Model.Train is not null)
            ?? throw new QueryException(
                ErrorCode.UnknownModel, $"No pipeline trains '{name}'. Pipelines: {string.Join(", ", all.Select(p => p.Definition.Name))}.");
        return (pipeline.Definition.Model.Name, TrainingStatement.Of(pipeline.Definition, dryRun));
    }

    /// <summary>As the other, for the command line and schedules.</summary>
    public Task<long> TrainAsync(string name, RunTrigger trigger, CancellationToken cancellationToken) =>
        TrainAsync(name, trigger, Actor.Of(trigger), cancellationToken);

    /// <summary>Takes the version in service back. A build or promotion of the model that is under way is cancelled first.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="toVersion">The version's number; null for the one before.</param>
    /// <param name="by">Who asks: an <see cref="Actor"/>.</param>
    /// <param name="cancellationToken">Stops before the run is queued.</param>
    /// <returns>The run's id.</returns>
    /// <exception cref="QueryException">There is no such model.</exception>
    public async Task<long> RollBackAsync(string model, int? toVersion, string by, CancellationToken cancellationToken)
    {
        if (await models.FindAsync(model, cancellationToken) is null)
            throw UnknownModel(model);
        await queue.CancelModelAsync(model, cancellationToken);
        return await AddAsync(NewTrainingRun.Rollback(model, toVersion) with { By = by }, cancellationToken);
    }

    /// <summary>As the other, for the command line.</summary>
    public Task<long> RollBackAsync(string model, int? toVersion, CancellationToken cancellationToken) =>
        RollBackAsync(model, toVersion, Actor.CommandLine, cancellationToken);

    /// <summary>Lets a model's schedule go on after a rollback, and an uploaded network that rests work again.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="by">Who asks: an <see cref="Actor"/>.</param>
    /// <param name="cancellationToken">Stops in between; asking again does the rest.</param>
    /// <exception cref="QueryException">There is no such model.</exception>
    public async Task ResumeAsync(string model, string by, CancellationToken cancellationToken)
    {
        if (!await models.PauseScheduleAsync(model, null, by, cancellationToken))
            throw UnknownModel(model);
        await trunks.ResumeAsync(model, cancellationToken);
    }

    /// <summary>As the other, for the command line.</summary>
    public Task ResumeAsync(string model, CancellationToken cancellationToken) => ResumeAsync(model, Actor.CommandLine, cancellationToken);

    private static QueryException UnknownModel(string model) => new(ErrorCode.UnknownModel, $"There is no model '{model}'.");

    private async Task<long> AddAsync(NewTrainingRun run, CancellationToken cancellationToken)
    {
        var id = await queue.AddAsync(run, cancellationToken);
        await announcer.SendAsync(new TrainingRequested(id), cancellationToken);
        return id;
    }
}

/// <summary>What a pipeline's model is trained with, as the statement that a person would write.</summary>
public static class TrainingStatement
{
    /// <param name="pipeline">Its file.</param>
    /// <param name="dryRun">An option of the statement, so that a trainer of an earlier release refuses what it cannot do.</param>
    /// <exception cref="QueryException">The pipeline has no training statement.</exception>
    public static string Of(PipelineDefinition pipeline, bool dryRun = false)
    {
        var model = pipeline.Model;
        if (model.Train is null)
        {
            throw new QueryException(
                ErrorCode.EmptySource,
                $"Pipeline '{pipeline.Name}' has no training statement: write model: train: \"SELECT …\" into its file.");
        }
        string[] options =
        [
            $"image_col={Text(model.ImageCol)}", $"label_col={Text(model.LabelCol)}", "overwrite=True",
            .. dryRun ? ["dry_run=True"] : Array.Empty<string>(),
            .. model.Options.Select(o => $"{o.Key}={Value(o.Value)}"),
        ];
        return $"BUILD MODEL {Identifier.Quote(model.Name)} USING {model.Algorithm} OPTIONS ({string.Join(", ", options)}) AS {model.Train}";
    }

    private static string Value(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out _) || text is "True" or "False" or "true" or "false" or "None" ? text : Text(text);

    private static string Text(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
