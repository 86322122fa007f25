namespace ThanoSql.Vision.Models;

/// <summary>
/// One self-contained ONNX file of a model without labels: <c>image</c> [N, 3, S, S] → trunk → float16 and back, as the index stores embeddings →
/// <c>embedding</c> [N, D], each of Euclidean length 1. Any ONNX client that prepares its pictures as the metadata say gets the index's own vectors.
/// </summary>
public static class EmbeddingFile
{
    public const string OutputName = "embedding";

    private const double MostOff = 1e-2; // float16 of up to a few thousand values

    /// <summary>Writes the file whole or not at all; a file of the same name is replaced.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="metadata">Without labels.</param>
    /// <param name="trunk">The one that the metadata name.</param>
    /// <exception cref="ArgumentException">Metadata and trunk do not belong together, or there are labels.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, ModelMetadata metadata, Trunk trunk)
    {
        if (metadata.Trunk.Sha256 != trunk.Sha256 || metadata.Labels.Count > 0)
            throw new ArgumentException("The trunk is not the one that the metadata name, or the metadata name labels.", nameof(metadata));
        var (graph, embedding) = trunk.Begin(metadata.Model, metadata.Trunk.Preprocessing);
        graph.Node(OutputName, "Identity", [ModelFile.Rounded(graph, embedding)]);
        graph.Output(OutputName, trunk.Batch, trunk.EmbeddingSize);
        AtomicFile.Write(path, graph.ToModel(metadata.ToProperties()).ToByteArray());
    }

    /// <summary>Loads a file and checks that it answers: a finite embedding of length 1.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Values of an embedding.</param>
    /// <param name="sessions">Loads it.</param>
    /// <returns>What the file says of itself.</returns>
    /// <exception cref="ModelFileException">The file is damaged, not a model of ThanoSQL, or does not answer.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelMetadata Check(string path, int size, InferenceSessionFactory sessions)
    {
        try
        {
            using var opened = sessions.CreateOnCpu(File.ReadAllBytes(path));
            var metadata = ModelMetadata.FromProperties(opened.ModelMetadata.CustomMetadataMap, path);
            var (preprocessing, embedding) = (metadata.Trunk.Preprocessing, new float[size]);
            // Of one colour, a picture may have an embedding of length 0
            var picture = Enumerable.Range(0, preprocessing.TensorLength).Select(i => i % 17 / 8f - 1).ToArray();
            using var session = new SharedSession(opened);
            session.Run(
                ModelFile.InputName, picture, [1, 3, preprocessing.InputSize, preprocessing.InputSize],
                OutputName, embedding, [1, size]);
            if (!(Math.Abs(TensorPrimitives.Norm(embedding) - 1) <= MostOff))
                throw new ModelFileException($"{path} answers with numbers that are no embedding of length 1.");
            return metadata;
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelFileException($"{path} does not answer as an ONNX model with {size} values an embedding: {e.Message}", e);
        }
    }
}
