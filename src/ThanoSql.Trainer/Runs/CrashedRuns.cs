namespace ThanoSql.Trainer.Runs;

/// <summary>Ends runs over which trainers died: a third one would die too.</summary>
internal sealed class CrashedRuns(
    VersionCatalog versions, VersionInstaller installer, EmbeddingSpaces spaces, IOptions<TrainingOptions> options)
{
    /// <summary>Does nothing for a run that may go on; else takes back what was prepared, and throws.</summary>
    /// <exception cref="QueryException">Too many died.</exception>
    public async Task RefuseAsync(RunSession session)
    {
        var run = session.Run;
        if (run.Crashes < options.Value.Crashes)
            return;
        var error = new QueryException(
            ErrorCode.Crash,
            $"crash: {run.Crashes} trainers ended without a word while they worked on this run, so it is not begun again. Look into their logs, "
            + "and for want of memory; then ask for it again.");
        if (run.VersionId is { } id && await versions.FindAsync(id, session.Stopping) is { } version)
        {
            await installer.GiveUpAsync(run.Model, version, error);
            await spaces.ReleaseAsync(version.TrunkId, CancellationToken.None);
        }
        throw error;
    }
}
