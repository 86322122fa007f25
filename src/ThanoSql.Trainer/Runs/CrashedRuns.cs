namespace ThanoSql.Trainer.Runs;

/// <summary>Ends runs over which trainers died, and those that were put off too often: it would be the same another time.</summary>
internal sealed class CrashedRuns(
    VersionCatalog versions, VersionInstaller installer, EmbeddingSpaces spaces, IOptions<TrainingOptions> options)
{
    /// <summary>Does nothing for a run that may go on; else takes back what was prepared, and throws.</summary>
    /// <exception cref="QueryException">Too many died, or it was put off too often.</exception>
    public async Task RefuseAsync(RunSession session)
    {
        if (Why(session.Run) is not { } error)
            return;
        var run = session.Run;
        if (run.VersionId is { } id && await versions.FindAsync(id, session.Stopping) is { } version)
        {
            await installer.GiveUpAsync(run.Model, version, error);
            await spaces.ReleaseAsync(version.TrunkId, CancellationToken.None);
        }
        throw error;
    }

    private QueryException? Why(TrainingRun run)
    {
        if (run.Crashes >= options.Value.Crashes)
        {
            return new QueryException(
                ErrorCode.Crash,
                $"crash: {run.Crashes} trainers ended without a word while they worked on this run, so it is not begun again. Look into their logs, "
                + "and for want of memory; then ask for it again.");
        }
        return run.Setbacks < options.Value.Setbacks ? null : new QueryException(
            ErrorCode.Unavailable,
            $"The database did not answer {run.Setbacks} times while this run was worked on (Training:Setbacks), so it is not begun again. Its log "
            + "says what happened; ask for it again when that is mended.");
    }
}
