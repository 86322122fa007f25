using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Models;
using ThanoSql.Embedding;
using ThanoSql.Language;
using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Training.Running;

/// <summary><c>DELETE MODEL m</c>: the model with all versions, keywords and files. Pipelines that fill tables with it wait from then on.</summary>
internal sealed class DeleteHandler(ModelCatalog models, IOptions<ModelOptions> options)
{
    public async Task<RunResult> RunAsync(DeleteModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        new OptionReader(text, statement).Complete();
        var name = statement.Model.Folded;
        if (await models.FindAsync(name, session.Stopping) is not { } model)
        {
            var nearest = NearestName.Of(name, (await models.ListAsync(session.Stopping)).Select(m => m.Name)) is { } near ? $" Did you mean '{near}'?" : "";
            throw new TrainingException(
                TrainingErrorCodes.UnknownModel, $"There is no model '{name}'.{nearest}", TextPosition.Of(text, statement.Model.Span.Start));
        }
        foreach (var artifact in await models.DeleteAsync(model.ModelId, session.Stopping)) File.Delete(Path.Combine(options.Value.Folder, artifact));
        return new RunResult(RunState.Promoted, $"Model '{name}' is deleted.");
    }
}
