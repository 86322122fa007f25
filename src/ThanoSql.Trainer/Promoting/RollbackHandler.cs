using ThanoSql.Catalog.Trunks;

namespace ThanoSql.Trainer.Promoting;

/// <summary>
/// Back to an earlier version: keys what arrived since, then promotes. The version left is rejected and the model's schedule pauses.
/// </summary>
internal sealed class RollbackHandler(ModelCatalog models, VersionCatalog versions, TrunkCatalog trunks, VersionPromoter promoter)
{
    public async Task<RunResult> RunAsync(RunSession session)
    {
        var model = await models.FindAsync(session.Run.Model, session.Stopping)
            ?? throw new QueryException(ErrorCode.UnknownModel, $"There is no model '{session.Run.Model}'.");
        var current = model.CurrentVersionId is { } id ? await versions.FindAsync(id, session.Stopping) : null;
        if (current is null)
            throw new QueryException(ErrorCode.NothingToRollBack, $"Model '{model.Name}' has no version in service.");
        // Taken up after the promotion: the work is done
        if (session.Run.VersionId == current.VersionId)
            return Done(model, current);
        var target = await TargetAsync(session, model, current);
        await session.Lease.BindAsync(target.VersionId, session.Stopping);
        session.Say($"Model '{model.Name}' goes back from version {current.Number} to version {target.Number}.");
        try
        {
            var traits = await TraitsAsync(model, current, target, session.Stopping);
            await promoter.PromoteAsync(
                model.Name, target, new PromotionEffect(VersionState.Rejected, traits, $"version {current.Number} was taken back"), session);
        }
        catch (Exception e) when (!session.GoesOn(e))
        {
            await GiveUpAsync(target);
            throw;
        }
        return Done(model, target);
    }

    private async Task<ModelVersion> TargetAsync(RunSession session, Model model, ModelVersion current)
    {
        if (session.Run.ToVersion is { } number)
        {
            var asked = await versions.FindAsync(model.ModelId, number, session.Stopping);
            return asked is { PromotedAt: not null } && asked.VersionId != current.VersionId
                ? asked
                : throw new QueryException(
                    ErrorCode.UnknownVersion,
                    $"Model '{model.Name}' has no earlier version {number} that was in service. {await EarlierAsync(session, model, current)}");
        }
        return current.ParentId is { } parent && await versions.FindAsync(parent, session.Stopping) is { PromotedAt: not null } version
            ? version
            : throw new QueryException(
                ErrorCode.NothingToRollBack,
                $"Version {current.Number} of model '{model.Name}' has no version before it. {await EarlierAsync(session, model, current)}");
    }

    /// <summary>Between a classifier and a trunk alone the model's class changes, too.</summary>
    private async Task<ModelTraits?> TraitsAsync(Model model, ModelVersion current, ModelVersion target, CancellationToken cancellationToken)
    {
        if (current.HasLabels == target.HasLabels)
            return null;
        var algorithm = target.HasLabels ? (await trunks.GetAsync(target.TrunkId, cancellationToken)).Variant : EmbeddingModel.Algorithm;
        return new ModelTraits(model.Name, algorithm, model.ImageCol, model.LabelCol, model.Dialect);
    }

    private async Task<string> EarlierAsync(RunSession session, Model model, ModelVersion current)
    {
        var numbers = (await versions.ListAsync(model.ModelId, session.Stopping))
            .Where(v => v.PromotedAt is not null && v.VersionId != current.VersionId).Select(v => v.Number).ToList();
        return numbers.Count == 0 ? "There is no other." : $"There are: {string.Join(", ", numbers)}.";
    }

    private async Task GiveUpAsync(ModelVersion target)
    {
        var now = await versions.FindAsync(target.VersionId, CancellationToken.None);
        if (now is not { State: VersionState.Candidate })
            return;
        await promoter.AbandonAsync(target, CancellationToken.None);
        await versions.RestoreAsync(target, CancellationToken.None);
    }

    private static RunResult Done(Model model, ModelVersion version) =>
        new(
            RunState.Promoted,
            $"Model '{model.Name}' answers with version {version.Number} again; its schedule rests until `thanosql model resume {model.Name}`.");
}
