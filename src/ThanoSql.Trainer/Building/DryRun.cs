namespace ThanoSql.Trainer.Building;

/// <summary>
/// The end of a dry run: says what the gate finds and what would change in the index. Nothing comes into service, and no version is kept; the
/// embeddings of images that were looked at are.
/// </summary>
internal sealed class DryRun(NpgsqlDataSource database, GateKeeper gate, KeywordLoader loader, EmbeddingSpaces spaces, IOptions<SqlOptions> options)
{
    public async Task<RunResult> EndAsync(BuildPlan plan, Candidate candidate, RunSession session)
    {
        try
        {
            var verdict = plan.Gate is { } rule ? await gate.JudgeAsync(rule, plan, candidate, session) : null;
            if (await ChangesAsync(plan.Existing, candidate, session) is { } changes)
            {
                await session.Lease.NoteAsync(changes, session.Stopping);
                session.Say(changes.Words());
            }
            var end = verdict is { Passed: false } ? $"be refused: {verdict.Words()}" : "take over";
            return new RunResult(RunState.Tried, $"Dry run: the version would {end}.");
        }
        finally
        {
            if (plan.Options.FineTune)
                await spaces.ReleaseAsync(candidate.Data.TrunkId, CancellationToken.None);
        }
    }

    /// <summary>Of the images that the candidate's trunk has looked at: those of another trunk would all have to be looked at anew.</summary>
    private async Task<KeywordChanges?> ChangesAsync(Model? model, Candidate candidate, RunSession session)
    {
        if (model?.CurrentVersionId is null)
            return null;
        var head = candidate.Trained.Head;
        var contents = await KeyedContents.AllAsync(database, model.ModelId, session.Stopping);
        await using var trial = await KeywordTrial.BeginAsync(database, session.Stopping);
        await loader.TryAsync(
            trial, new VersionHead(0, candidate.Data.TrunkId, head), contents,
            done => session.Report("comparing keywords", done, contents.Count), session.Stopping);
        var changes = await trial.CompareAsync(model.ModelId, head.Labels, head.Thresholds, options.Value.Workspace, session.Stopping);
        if (changes?.Pictures < contents.Count)
            session.Say($"{contents.Count - changes.Pictures} pictures are not compared: this trunk has not looked at them yet.");
        return changes;
    }
}
