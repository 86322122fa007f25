using System.Security.Cryptography;
using ThanoSql.Vision.Models;

namespace ThanoSql.Trainer.Building;

/// <summary>Writes a version's self-contained ONNX into the model folder and makes sure that it answers.</summary>
internal sealed class ArtifactWriter(
    EmbeddingSpaces spaces, InferenceSessionFactory sessions, VersionCatalog versions, IOptions<ModelOptions> options)
{
    /// <param name="model">Its name.</param>
    /// <param name="version">Its head is in the catalog.</param>
    /// <param name="note">For the file's metadata: what a user must be told of the trunk.</param>
    /// <param name="cancellationToken">Leaves no file behind that the catalog does not know.</param>
    /// <exception cref="QueryException">The file does not load, does not answer, or has other labels.</exception>
    public async Task WriteAsync(string model, ModelVersion version, string? note, CancellationToken cancellationToken)
    {
        var trunk = await spaces.OpenAsync(version.TrunkId, cancellationToken);
        var file = FileOf(model, version);
        var path = Path.Combine(options.Value.Folder, file);
        Directory.CreateDirectory(options.Value.Folder);
        var head = version.HasLabels ? Head.FromBytes(version.Head) : null;
        var metadata = new ModelMetadata(
            model, version.Number, version.Labels, head is null ? [] : head.Thresholds.ToArray(), trunk.Embedder.Identity, note);
        var weights = Trunk.Open(trunk.WeightsPath);
        try
        {
            if (head is null)
                WriteTrunk(path, metadata, weights);
            else
                WriteClassifier(path, metadata, weights, head, cancellationToken);
        }
        catch (ModelFileException e)
        {
            throw new QueryException(ErrorCode.UnusableModel, e.Message);
        }
        await using var stream = File.OpenRead(path);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        await versions.RecordArtifactAsync(version.VersionId, file, sha256, cancellationToken);
    }

    /// <summary>Removes the file of a version that leaves the catalog.</summary>
    public void Delete(string model, ModelVersion version) => File.Delete(Path.Combine(options.Value.Folder, FileOf(model, version)));

    private static string FileOf(string model, ModelVersion version) =>
        string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(model)}.{version.Number}.onnx");

    private void WriteTrunk(string path, ModelMetadata metadata, Trunk trunk)
    {
        EmbeddingFile.Write(path, metadata, trunk);
        EmbeddingFile.Check(path, trunk.EmbeddingSize, sessions);
    }

    private void WriteClassifier(string path, ModelMetadata metadata, Trunk trunk, Head head, CancellationToken cancellationToken)
    {
        ModelFile.Write(path, metadata, trunk, head);
        // A file with a network of others in it is never loaded here
        if (trunk is ClassifierTrunk)
        {
            ModelFile.CheckApart(path, metadata, sessions, cancellationToken);
            return;
        }
        using var written = ModelFile.Read(path, sessions);
        if (!written.Metadata.Labels.SequenceEqual(metadata.Labels))
            throw new QueryException(ErrorCode.UnusableModel, "The ONNX model's labels are not those that were learned.");
    }
}
