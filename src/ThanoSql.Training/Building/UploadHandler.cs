using System.Globalization;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Models;
using ThanoSql.Catalog.Trunks;
using ThanoSql.Embedding;
using ThanoSql.Language;
using ThanoSql.Language.Options;
using ThanoSql.Language.Syntax;
using ThanoSql.Sql;
using ThanoSql.Storage;
using ThanoSql.Training.Running;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Training.Building;

/// <summary>
/// <c>UPLOAD MODEL m OPTIONS (…) FROM 'file.onnx'</c>: a model file that this product wrote, perhaps elsewhere, comes into service here. Its trunk's weights must
/// be installed, since the index answers from embeddings.
/// </summary>
internal sealed class UploadHandler(
    ModelCatalog models, LeftOvers leftOvers, VersionInstaller installer, IObjectStore store, TrunkLedger ledger, TrunkCatalog trunks,
    InferenceSessionFactory sessions, IOptions<ModelOptions> folders, IOptions<SqlOptions> options)
{
    private const long MaxBytes = 2L << 30;

    public async Task<RunResult> RunAsync(UploadModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        var reader = new OptionReader(text, statement);
        var overwrite = reader.Flag("overwrite", false);
        var (imageCol, labelCol) = (reader.Text("image_col", "image_path"), reader.Text("label_col", "label"));
        var framework = reader.OneOf("framework", "onnx", "onnx", "pytorch");
        reader.Complete();
        if (framework == "pytorch") throw Unusable("framework='pytorch' is not supported: export the model to ONNX.", statement, text);

        var (metadata, head) = await ReadAsync(statement, session);
        var variant = ConvNeXtVariant.Find(metadata.Trunk.Variant) ?? throw Unusable($"Its trunk '{metadata.Trunk.Variant}' is not known here.", statement, text);
        var dialect = options.Value.Dialect == "new" ? ModelDialect.New : ModelDialect.Old;
        var traits = new ModelTraits(statement.Model.Folded, variant.AlgorithmName, imageCol, labelCol, dialect);
        if (await leftOvers.TakeUpAsync(traits, session) is { } done) return done;
        if (!overwrite && (await models.FindAsync(traits.Name, session.Stopping))?.CurrentVersionId is not null)
        {
            throw new TrainingException(
                TrainingErrorCodes.ModelExists, $"There is a model '{traits.Name}' already. Replace it with OPTIONS (overwrite=True), or choose another name.",
                TextPosition.Of(text, statement.Model.Span.Start));
        }
        var trunk = await OpenTrunkAsync(metadata.Trunk, variant, session.Stopping);
        return await installer.InstallAsync(
            traits, new NewVersion(trunk, head.Labels, head.ToBytes(), "{}", text, "{}", ""), new Dictionary<long, bool>(), metadata.Note,
            _ => Task.FromResult<IReadOnlyList<string>>([]), session);
    }

    private async Task<int> OpenTrunkAsync(TrunkIdentity identity, ConvNeXtVariant variant, CancellationToken cancellation)
    {
        var id = await ledger.EnsureAsync(
            new TrunkRow(0, identity.Key, variant.AlgorithmName, identity.Sha256, identity.Preprocessing.Key, variant.EmbeddingSize, "installed"), cancellation);
        return (await trunks.OpenAsync(id, cancellation)).TrunkId;
    }

    /// <summary>A copy in the model folder is loaded, tried and taken apart.</summary>
    private async Task<(ModelMetadata Metadata, Head Head)> ReadAsync(UploadModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        if (!StorePath.TryParse(statement.Path.Text, options.Value.Workspace, out var path) || await store.OpenReadAsync(path, session.Stopping) is not { } stored)
            throw Unusable($"There is no file '{statement.Path.Text}'.", statement, text);
        Directory.CreateDirectory(folders.Value.Folder);
        var copy = Path.Combine(folders.Value.Folder, string.Create(CultureInfo.InvariantCulture, $"run-{session.Run.RunId}.onnx"));
        try
        {
            await using (stored) await File.WriteAllBytesAsync(copy, await stored.ReadAllAsync(MaxBytes, session.Stopping), session.Stopping);
            using var model = ModelFile.Read(copy, sessions);
            return (model.Metadata, ModelFile.ReadHead(copy));
        }
        catch (ModelFileException e)
        {
            throw Unusable(e.Message.Replace(copy, $"'{statement.Path.Text}'", StringComparison.Ordinal), statement, text);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static TrainingException Unusable(string message, UploadModelStatement statement, string text) =>
        new(TrainingErrorCodes.UnusableModel, $"{message} UPLOAD MODEL takes an ONNX file that BUILD MODEL wrote.", TextPosition.Of(text, statement.Path.Span.Start));
}
