namespace ThanoSql.Trainer.Building;

/// <summary>
/// From a finished head, or a trunk alone, to a version in service: register, write the artifact, judge, promote. What fails on the way leaves
/// nothing half done.
/// </summary>
internal sealed class VersionInstaller(
    ArtifactWriter artifacts, ModelCatalog models, VersionCatalog versions, VersionRegistration registration, VersionPromoter promoter)
{
    /// <param name="traits">Of the model, in force with the promotion.</param>
    /// <param name="made">The head and where it comes from.</param>
    /// <param name="heldOut">Content → whether it is held out.</param>
    /// <param name="note">What a user must be told of the trunk.</param>
    /// <param name="judge">Asks the gate; null where none is asked.</param>
    /// <param name="session">The run.</param>
    public async Task<RunResult> InstallAsync(
        ModelTraits traits, NewVersion made, IReadOnlyDictionary<long, bool> heldOut, string? note,
        Func<ModelVersion, Task<GateVerdict?>> judge, RunSession session)
    {
        var version = await registration.AddAsync(session.Lease, traits, made, heldOut, session.Stopping);
        return await CleanlyAsync(traits.Name, version, session, async () =>
        {
            session.Report("writing the ONNX model", 0, 0);
            await artifacts.WriteAsync(traits.Name, version, note, session.Stopping);
            if (await judge(version) is { } verdict)
            {
                await versions.RecordVerdictAsync(version.VersionId, verdict, session.Stopping);
                if (!verdict.Passed)
                    return await RefuseAsync(version, verdict, session);
            }
            return await PromoteAsync(traits, version, session);
        });
    }

    /// <summary>What a killed trainer left of a run: finished, promoted, or removed.</summary>
    /// <returns>How the run ended; null when it has to begin from the start.</returns>
    public async Task<RunResult?> TakeUpAsync(ModelTraits traits, RunSession session)
    {
        if (session.Run.VersionId is not { } id || await versions.FindAsync(id, session.Stopping) is not { } version)
            return null;
        if (version.State == VersionState.Current)
            return new RunResult(RunState.Promoted, $"Model '{traits.Name}' answers with version {version.Number}.");
        if (version.State == VersionState.Candidate)
            return await ResumeAsync(traits, version, session);
        await versions.DiscardAsync(version, session.Stopping);
        return null;
    }

    /// <summary>Takes back what was prepared for a version whose run is not begun again; one that has been in service stays.</summary>
    public async Task GiveUpAsync(string model, ModelVersion version, Exception why)
    {
        if (version.PromotedAt is null)
        {
            await CleanUpAsync(model, version, why);
            return;
        }
        if (version.State != VersionState.Candidate)
            return;
        await promoter.AbandonAsync(version, CancellationToken.None);
        await versions.RestoreAsync(version with { State = VersionState.Retired }, CancellationToken.None);
    }

    /// <exception cref="QueryException">A model of that name is in service, and the statement does not say that it may be replaced.</exception>
    public async Task RefuseExistingAsync(Name model, RunSession session)
    {
        if ((await models.FindAsync(model.Folded, session.Stopping))?.CurrentVersionId is null)
            return;
        throw new QueryException(
            ErrorCode.ModelExists,
            $"There is a model '{model.Folded}' already. Replace it with OPTIONS (overwrite=True), or choose another name.",
            TextPosition.Of(session.Run.Statement, model.Span.Start));
    }

    private Task<RunResult> ResumeAsync(ModelTraits traits, ModelVersion version, RunSession session)
    {
        session.Say($"Taken up: version {version.Number} is promoted.");
        return CleanlyAsync(traits.Name, version, session, () => PromoteAsync(traits, version, session));
    }

    private async Task<RunResult> PromoteAsync(ModelTraits traits, ModelVersion version, RunSession session)
    {
        await promoter.PromoteAsync(traits.Name, version, new PromotionEffect(VersionState.Retired, traits), session);
        return new RunResult(RunState.Promoted, $"Model '{traits.Name}' answers with version {version.Number}.");
    }

    private async Task<RunResult> RefuseAsync(ModelVersion version, GateVerdict verdict, RunSession session)
    {
        var reason = verdict.Words();
        await versions.CloseAsync(version.VersionId, VersionState.Rejected, reason, session.Stopping);
        return new RunResult(RunState.Refused, $"Version {version.Number} is refused: {reason}.");
    }

    private async Task<RunResult> CleanlyAsync(string model, ModelVersion version, RunSession session, Func<Task<RunResult>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (!session.GoesOn(e))
        {
            await CleanUpAsync(model, version, e);
            throw;
        }
    }

    private async Task CleanUpAsync(string model, ModelVersion version, Exception error)
    {
        // A cancelled build, or one of a model that never came into service, leaves no trace
        var now = await versions.FindAsync(version.VersionId, CancellationToken.None);
        if (now is null or { State: VersionState.Current })
            return;
        await promoter.AbandonAsync(version, CancellationToken.None);
        if (error is not OperationCanceledException && version.ParentId is not null)
        {
            await versions.CloseAsync(version.VersionId, VersionState.Failed, error.Message, CancellationToken.None);
            return;
        }
        await versions.DiscardAsync(version, CancellationToken.None);
        artifacts.Delete(model, version);
    }
}
