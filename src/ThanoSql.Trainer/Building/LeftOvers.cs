using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Runs;
using ThanoSql.Trainer.Runs;

namespace ThanoSql.Trainer.Building;

/// <summary>What a killed trainer left of a run: finished, switched on, or removed.</summary>
internal sealed class LeftOvers(VersionCatalog versions, VersionInstaller installer)
{
    /// <returns>How the run ended; null when it has to begin from the start.</returns>
    public async Task<RunResult?> TakeUpAsync(ModelTraits traits, RunSession session)
    {
        if (session.Run.VersionId is not { } id || await versions.FindAsync(id, session.Stopping) is not { } version)
            return null;
        if (version.State == VersionState.Current)
            return new RunResult(RunState.Promoted, $"Model '{traits.Name}' answers with version {version.Number}.");
        if (version.State == VersionState.Candidate)
            return await installer.ResumeAsync(traits, version, session);
        await versions.DiscardAsync(version, session.Stopping);
        return null;
    }
}
