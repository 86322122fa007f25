using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Models;
using ThanoSql.Embedding;
using ThanoSql.Planning;
using ThanoSql.Vision.Heads;
using ThanoSql.Vision.Inference;
using ThanoSql.Vision.Models;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Trainer.Building;

/// <summary>Writes a version's self-contained ONNX into the model folder and makes sure that it answers.</summary>
internal sealed class ArtifactWriter(
    EmbeddingSpaces trunks, InferenceSessionFactory sessions, VersionCatalog versions, IOptions<ModelOptions> options)
{
    /// <param name="model">Its name.</param>
    /// <param name="version">Its head is in the catalog.</param>
    /// <param name="note">For the file's metadata: what a user must be told of the trunk.</param>
    /// <param name="cancellationToken">Leaves no file behind that the catalog does not know.</param>
    /// <exception cref="QueryException">The file does not load, does not answer with probabilities, or has other labels.</exception>
    public async Task WriteAsync(string model, ModelVersion version, string? note, CancellationToken cancellationToken)
    {
        var head = Head.FromBytes(version.Head);
        var trunk = await trunks.OpenAsync(version.TrunkId, cancellationToken);
        var file = FileOf(model, version);
        var path = Path.Combine(options.Value.Folder, file);
        Directory.CreateDirectory(options.Value.Folder);
        var metadata = new ModelMetadata(model, version.Number, head.Labels, head.Thresholds.ToArray(), trunk.Embedder.Identity, note);
        ModelFile.Write(path, metadata, Trunk.Open(trunk.WeightsPath), head);
        Check(path, version);
        await using var stream = File.OpenRead(path);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        await versions.RecordArtifactAsync(version.VersionId, file, sha256, cancellationToken);
    }

    /// <summary>Removes the file of a version that leaves the catalog.</summary>
    public void Delete(string model, ModelVersion version) => File.Delete(Path.Combine(options.Value.Folder, FileOf(model, version)));

    private static string FileOf(string model, ModelVersion version) =>
        string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(model)}.{version.Number}.onnx");

    private void Check(string path, ModelVersion version)
    {
        try
        {
            using var written = ModelFile.Read(path, sessions);
            if (!written.Metadata.Labels.SequenceEqual(version.Labels))
                throw new QueryException(ErrorCode.UnusableModel, "The ONNX model's labels are not those that were learned.");
        }
        catch (ModelFileException e)
        {
            throw new QueryException(ErrorCode.UnusableModel, e.Message);
        }
    }
}
