using System.Text;
using ThanoSql.Vision.Classifiers;
using ThanoSql.Vision.Models;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// <c>UPLOAD MODEL m OPTIONS (…) FROM 'file.onnx'</c>: an ONNX classifier from the store comes into service as a trunk of its own under the identity
/// as head. A file that this product wrote, over a trunk that is installed here, comes as its head alone and shares the embeddings that are known.
/// </summary>
internal sealed class UploadHandler(
    VersionInstaller installer, IObjectStore store, EmbeddingSpaces spaces, InferenceSessionFactory sessions, IOptions<SqlOptions> options)
{
    // Read whole, and written out again whole in a file of less than 2 GB
    private const long MaxBytes = 1L << 30;

    // As every name in PostgreSQL
    private const int MostNameBytes = 63;

    public async Task<RunResult> RunAsync(UploadModelStatement statement, RunSession session)
    {
        var text = session.Run.Statement;
        var asked = UploadOptions.Read(text, statement);
        if (Encoding.UTF8.GetByteCount(statement.Model.Folded) > MostNameBytes)
        {
            throw new QueryException(
                ErrorCode.BadRequest, $"A model's name has at most {MostNameBytes} bytes. Choose a shorter one.",
                TextPosition.Of(text, statement.Model.Span.Start));
        }
        // A run that is taken up again may have brought it into service already
        if (!asked.Overwrite && session.Run.VersionId is null)
            await installer.RefuseExistingAsync(statement.Model, session);
        try
        {
            var source = $"'{statement.Path.Text}'";
            if (asked.PyTorch)
                throw new ModelFileException($"framework='pytorch' is not supported. {ClassifierImport.HowToExport}");
            session.Report("reading the file", 0, 0);
            var file = await ReadAsync(statement, source, session);
            var import = ClassifierImport.Read(file, source);
            var published = import.Published();
            if (published is not null && asked.Described is { } option)
                throw new ModelFileException($"{source} was written by this product and says all that itself: leave {option.Name.Text} out.");
            var made = published is not null && await SharedAsync(published, session) is { } shared
                ? shared
                : await ImportAsync(import, asked, published?.Metadata, session);
            return await InstallAsync(statement, asked, made, session);
        }
        catch (ModelFileException e)
        {
            throw new QueryException(ErrorCode.UnusableModel, e.Message, TextPosition.Of(text, statement.Path.Span.Start));
        }
    }

    private async Task<byte[]> ReadAsync(UploadModelStatement statement, string source, RunSession session)
    {
        var at = TextPosition.Of(session.Run.Statement, statement.Path.Span.Start);
        if (!StorePath.TryParse(statement.Path.Text, options.Value.Workspace, out var path)
            || await store.OpenReadAsync(path, session.Stopping) is not { } stored)
        {
            throw new QueryException(
                ErrorCode.NotFound, $"There is no file {source}. Paths are relative to the workspace, or s3://bucket/key.", at);
        }

        await using (stored)
        {
            return stored.Info.Size <= MaxBytes
                ? await stored.ReadAllAsync(MaxBytes, session.Stopping)
                : throw new QueryException(
                    ErrorCode.TooLarge,
                    $"{source} has {stored.Info.Size >> 20} MB; {MaxBytes >> 20} MB are the most that is taken. "
                    + "Export it in float16, or a smaller model.",
                    at);
        }
    }

    /// <returns>Null when its trunk is not installed here, or not of a kind that models share.</returns>
    private async Task<Made?> SharedAsync(PublishedModel published, RunSession session)
    {
        var metadata = published.Metadata;
        if (ConvNeXtVariant.Find(metadata.Trunk.Variant) is not { } variant)
            return null;
        var head = published.Head(variant.EmbeddingSize);
        try
        {
            var space = await spaces.OpenAsync(metadata.Trunk, session.Stopping);
            return new Made(variant.AlgorithmName, space.TrunkId, head, metadata.Note);
        }
        catch (TrunkException e)
        {
            session.Say($"Note: {e.Message} Until then the trunk inside the file is used, which shares nothing with other models.");
            return null;
        }
    }

    private async Task<Made> ImportAsync(ClassifierImport import, UploadOptions asked, ModelMetadata? published, RunSession session)
    {
        session.Report("trying the model", 0, 0);
        var imported = import.Convert(published is null ? asked.Import : OptionsOf(published), sessions, session.Stopping);
        session.Say(imported.Description);
        var head = imported.Head(published is null ? Enumerable.Repeat(asked.Threshold, imported.Labels.Count) : published.Thresholds);
        var space = await spaces.AddAsync(imported.Trunk, TrunkOrigin.Uploaded, imported.Preprocessing, session.Stopping);
        return new Made(ClassifierTrunk.Algorithm, space.TrunkId, head, published?.Note);
    }

    private async Task<RunResult> InstallAsync(UploadModelStatement statement, UploadOptions asked, Made made, RunSession session)
    {
        var traits = new ModelTraits(statement.Model.Folded, made.Algorithm, asked.ImageCol, asked.LabelCol, options.Value.Dialect);
        try
        {
            return await installer.TakeUpAsync(traits, session) ?? await installer.InstallAsync(
                traits, new NewVersion(made.TrunkId, made.Head.Labels, made.Head.ToBytes(), "{}", session.Run.Statement, asked.ToJson(), ""),
                new Dictionary<long, bool>(), made.Note, _ => Task.FromResult<GateVerdict?>(null), session);
        }
        catch (Exception e) when (!session.GoesOn(e))
        {
            await spaces.ReleaseAsync(made.TrunkId, CancellationToken.None);
            throw;
        }
    }

    private static ImportOptions OptionsOf(ModelMetadata published) => new()
    {
        ResizeSize = published.Trunk.Preprocessing.ResizeSide,
        Color = published.Trunk.Preprocessing.Color == ColorMode.Gray ? ChannelOrder.Gray : ChannelOrder.Rgb,
        Output = ModelFile.OutputName,
        Scores = ScoreKind.Probabilities,
    };

    private sealed record Made(string Algorithm, int TrunkId, Head Head, string? Note);
}
