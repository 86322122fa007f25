using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Pipelines;
using ThanoSql.Catalog.Runs;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;
using ThanoSql.Planning;
using ThanoSql.Trainer.Runs;

namespace ThanoSql.Trainer.Building;

/// <summary><c>BUILD MODEL m USING algorithm OPTIONS (…) AS source</c>, asked for by a person or by a pipeline.</summary>
internal sealed class BuildHandler(
    ModelCatalog models, PipelineCatalog pipelines, LeftOvers leftOvers, ModelBuilder builder, IOptions<SqlOptions> options)
{
    public async Task<RunResult> RunAsync(BuildModelStatement statement, RunSession session)
    {
        var plan = await PlanAsync(statement, session);
        if (await leftOvers.TakeUpAsync(plan.LikelyTraits, session) is { } done)
            return done;
        plan = plan with { Existing = await models.FindAsync(plan.Model, session.Stopping) };
        if (plan.Existing?.CurrentVersionId is not null && !plan.Options.Overwrite)
        {
            throw new QueryException(
                ErrorCode.ModelExists,
                $"There is a model '{plan.Model}' already. Replace it with OPTIONS (overwrite=True), or choose another name.",
                TextPosition.Of(session.Run.Statement, statement.Model.Span.Start));
        }
        return await builder.BuildAsync(plan, session);
    }

    private async Task<BuildPlan> PlanAsync(BuildModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        var unseen = session.Run.Trigger.PassesGate();
        return new BuildPlan(
            statement.Model.Folded, ClassifierAlgorithm.Of(statement.Algorithm, text)
                .AlgorithmName, BuildOptions.Read(text, statement, options.Value.Dialect), statement.Source)
        {
            Existing = await models.FindAsync(statement.Model.Folded, session.Stopping),
            Gate = unseen ? await RuleAsync(statement.Model.Folded, session.Stopping) : null,
            OnlyNewData = unseen,
        };
    }

    // Several pipelines may be keyed by the model; the one that trains it says what must hold
    private async Task<PromotionRule> RuleAsync(string model, CancellationToken cancellationToken) =>
        (await pipelines.ListAsync(cancellationToken)).Where(p => p.HasFile && p.Definition.Model.Name == model).OrderByDescending(
            p => p.Definition.Model.Train is not null)
            .FirstOrDefault()?.Definition.Promote ?? new PromotionRule();
}
