using ThanoSql.Language.Options;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// <c>GET THANOSQL MODEL convnext [OPTIONS (model_name = 'x')]</c>: brings the weights here, checked, so that BUILD and FIT … USING that name need no
/// network afterwards.
/// </summary>
internal sealed class GetModelHandler(TrunkStore store, NamedTrunks names, ModelCatalog models)
{
    public async Task<RunResult> RunAsync(GetModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        var options = new OptionReader(text, statement);
        var overwrite = options.Flag("overwrite", false);
        var name = statement.NewName?.Folded ?? options.Text("model_name", statement.Model.Folded);
        options.Complete();
        var algorithm = PrebuiltTrunks.AlgorithmOf(statement.Model.Text) ?? throw Unknown(statement.Model, text);

        var weights = await store.FindAsync(algorithm, session.Stopping);
        if (weights.Note is { } note)
            session.Say(note);
        if (!string.Equals(PrebuiltTrunks.AlgorithmOf(name), algorithm, StringComparison.Ordinal))
            await NameAsync(name, algorithm, overwrite, session);
        session.Say(
            $"The weights of {weights.Variant} are here ({weights.Origin.ToString().ToLowerInvariant()}, SHA-256 {weights.Sha256}): "
            + $"BUILD MODEL my_model USING {name} needs no network.");
        return new RunResult(RunState.Promoted, $"The weights of {algorithm} are here.");
    }

    private async Task NameAsync(string name, string algorithm, bool overwrite, RunSession session)
    {
        var isTaken = PrebuiltTrunks.AlgorithmOf(name) is not null || await models.FindAsync(name, session.Stopping) is not null;
        if (isTaken || (names.AlgorithmOf(name) is not null && !overwrite))
        {
            throw new QueryException(
                ErrorCode.ModelExists, $"There is a model '{name}' already.",
                hint: isTaken ? "Choose another name: OPTIONS (model_name='…')." : "Fetch it again with OPTIONS (overwrite=True).");
        }
        names.Add(name, algorithm);
    }

    private static QueryException Unknown(Name name, string text) => new(
        ErrorCode.UnknownModel, $"There is no prebuilt model '{name}'.", TextPosition.Of(text, name.Span.Start),
        $"There are: {string.Join(", ", PrebuiltTrunks.All.Select(t => t.Name))}.");
}
