using ThanoSql.Catalog.Labels;

namespace ThanoSql.Trainer.Renaming;

/// <summary>
/// Gives a label another name without training: a version with the same weights under the other name is keyed aside and switched to as any version
/// is, then what people said is renamed. A run that was killed goes on where it was.
/// </summary>
internal sealed class RenameHandler(
    RenamePlanner planner, LabelRenames renames, LabelRenamer labels, ModelCatalog models, VersionCatalog versions, HeldOutAnswers answers,
    VersionInstaller installer)
{
    public async Task<RunResult> RunAsync(RunSession session)
    {
        var asked = LabelRename.Parse(session.Run.Statement);
        var model = await models.FindAsync(session.Run.Model, session.Stopping)
            ?? throw new QueryException(ErrorCode.UnknownModel, $"There is no model '{session.Run.Model}'.");
        var (rename, version) = await SwitchAsync(model, asked, session);
        // From here on each name finds the other, so that it does not matter how far the rest is
        await renames.NoteAsync(model.Name, rename.From, rename.To, session.Run.RunId, session.Stopping);
        var said = await labels.RenameAsync(
            model.Name, rename.From, rename.To, (done, total) => session.Report("renaming what people said", done, total), session.Stopping);
        var outcome = $"Label '{rename.From}' of model '{model.Name}' is called '{rename.To}' now, on {said} pictures that people labelled, too.";
        return new RunResult(RunState.Promoted, version is null ? outcome : $"{outcome} {version}");
    }

    /// <returns>What is called what, and what became of the model: null when it never learned the label.</returns>
    private async Task<(LabelRename Rename, string? Version)> SwitchAsync(Model model, LabelRename asked, RunSession session)
    {
        var traits = new ModelTraits(model.Name, model.Algorithm, model.ImageCol, model.LabelCol, model.Dialect);
        if (await installer.TakeUpAsync(traits, session) is { } done)
            return (asked, done.Outcome);
        if (await renames.IsNotedAsync(model.Name, asked.From, asked.To, session.Run.QueuedAt, session.Stopping))
            return (asked, null); // stopped while it renamed what people said
        var rename = await planner.PlanAsync(model.Name, asked.From, asked.To, session.Stopping);
        var current = model.CurrentVersionId is { } id ? await versions.FindAsync(id, session.Stopping) : null;
        if (current?.Labels.Contains(rename.From) != true)
            return (rename, null);
        var renamed = await RenamedAsync(current, rename, session.Stopping);
        session.Say($"Version {current.Number} is taken over with '{rename.To}' for '{rename.From}'; nothing is trained.");
        var installed = await installer.InstallAsync(
            traits, renamed, new Dictionary<long, bool>(), null, _ => Task.FromResult<GateVerdict?>(null), session);
        return (rename, installed.Outcome);
    }

    private async Task<NewVersion> RenamedAsync(ModelVersion version, LabelRename rename, CancellationToken cancellationToken)
    {
        var head = Head.FromBytes(version.Head);
        var other = new Head(
            [.. head.Labels.Select(Name)], head.Weights.ToArray(), head.Bias.ToArray(), head.Thresholds.ToArray());
        var metrics = VersionMetrics.Parse(version.Metrics) is { } known
            ? (known with { Labels = [.. known.Labels.Select(l => l with { Label = Name(l.Label) })] }).ToJson()
            : version.Metrics;
        // Its data had the old name: the next training does not pass them for the same
        return new NewVersion(version.TrunkId, other.Labels, other.ToBytes(), metrics, version.Source, version.Options, DataFingerprint: "")
        {
            Answers = (await answers.OfAsync(version.VersionId, cancellationToken))
                .ConvertAll(a => a with { Label = Name(a.Label), Answer = Name(a.Answer) }),
        };

        string Name(string label) => label == rename.From ? rename.To : label;
    }
}
