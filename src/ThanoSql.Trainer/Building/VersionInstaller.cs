using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer.Runs;
using ThanoSql.Trainer.Switching;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// From a finished head to a version in service: register, write the artifact, judge, switch. What fails on the way leaves nothing half done.
/// </summary>
internal sealed class VersionInstaller(
    ArtifactWriter artifacts, VersionCatalog versions, VersionRegistration registration, VersionSwitcher switcher)
{
    /// <param name="traits">Of the model, in force with the switch.</param>
    /// <param name="made">The head and where it comes from.</param>
    /// <param name="heldOut">Content → judges.</param>
    /// <param name="note">What a user must be told of the trunk.</param>
    /// <param name="judge">Gives the reasons against the version; none means go.</param>
    /// <param name="session">The run.</param>
    public async Task<RunResult> InstallAsync(
        ModelTraits traits, NewVersion made, IReadOnlyDictionary<long, bool> heldOut, string? note,
        Func<ModelVersion, Task<IReadOnlyList<string>>> judge, RunSession session)
    {
        var version = await registration.AddAsync(session.Lease, traits, made, heldOut, session.Stopping);
        return await CleanlyAsync(traits.Name, version, async () =>
        {
            session.Report("writing the ONNX model", 0, 0);
            await artifacts.WriteAsync(traits.Name, version, note, session.Stopping);
            var refusals = await judge(version);
            return refusals.Count == 0 ? await SwitchAsync(traits, version, session) : await RefuseAsync(version, refusals, session);
        });
    }

    /// <summary>Takes up a version that a killed trainer was switching in.</summary>
    public Task<RunResult> ResumeAsync(ModelTraits traits, ModelVersion version, RunSession session)
    {
        session.Say($"Taken up: version {version.Number} is switched in.");
        return CleanlyAsync(traits.Name, version, () => SwitchAsync(traits, version, session));
    }

    private async Task<RunResult> SwitchAsync(ModelTraits traits, ModelVersion version, RunSession session)
    {
        await switcher.SwitchAsync(traits.Name, version, new SwitchEffect(VersionState.Retired, traits), session);
        return new RunResult(RunState.Promoted, $"Model '{traits.Name}' answers with version {version.Number}.");
    }

    private async Task<RunResult> RefuseAsync(ModelVersion version, IReadOnlyList<string> refusals, RunSession session)
    {
        var reason = string.Join("; ", refusals);
        await versions.CloseAsync(version.VersionId, VersionState.Rejected, reason, session.Stopping);
        return new RunResult(RunState.Refused, $"Version {version.Number} is refused: {reason}.");
    }

    private async Task<RunResult> CleanlyAsync(string model, ModelVersion version, Func<Task<RunResult>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not TrainingLeaseLostException)
        {
            await CleanUpAsync(model, version, e);
            throw;
        }
    }

    private async Task CleanUpAsync(string model, ModelVersion version, Exception error)
    {
        // A build that was cancelled or a model that never came into service is as if it had not been
        var now = await versions.FindAsync(version.VersionId, CancellationToken.None);
        if (now is null or { State: VersionState.Current })
            return;
        await switcher.AbandonAsync(version, CancellationToken.None);
        if (error is not OperationCanceledException && version.ParentId is not null)
        {
            await versions.CloseAsync(version.VersionId, VersionState.Failed, error.Message, CancellationToken.None);
            return;
        }
        await versions.DiscardAsync(version, CancellationToken.None);
        artifacts.Delete(model, version);
    }
}
