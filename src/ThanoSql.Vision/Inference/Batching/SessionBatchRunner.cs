using Microsoft.ML.OnnxRuntime.Tensors;

namespace ThanoSql.Vision.Inference.Batching;

/// <summary>Batches through a session of <see cref="ChannelsLastGraph"/>.</summary>
/// <param name="session">Owned from here on.</param>
/// <param name="host">Where pictures and embeddings wait; owned. What CUDA can reach by itself (pinned memory) is copied fastest.</param>
/// <param name="side">Of the pictures, in pixels.</param>
/// <param name="embeddingSize">Values of an embedding.</param>
internal sealed class SessionBatchRunner(InferenceSession session, OrtAllocator host, int side, int embeddingSize) : IBatchRunner
{
    private static readonly string[] Inputs = [ChannelsLastGraph.InputName];
    private static readonly string[] Outputs = [ConvNeXtGraph.OutputName];

    private readonly RunOptions _options = new();

    public int PictureBytes => 3 * side * side;

    public int EmbeddingSize => embeddingSize;

    public BatchMemory Allocate(int pictures) => new(host, pictures, PictureBytes, EmbeddingSize);

    public void Run(BatchMemory memory, int first, int count)
    {
        using var pixels = Tensor(TensorElementType.UInt8, memory.PictureAt(first), (long)count * PictureBytes, count, side, side, 3);
        using var embeddings = Tensor(
            TensorElementType.Float, memory.EmbeddingAt(first), (long)count * EmbeddingSize * sizeof(float), count, EmbeddingSize);
        session.Run(_options, Inputs, [pixels], Outputs, [embeddings]);
    }

    public void Dispose()
    {
        _options.Dispose();
        if (host != OrtAllocator.DefaultInstance)
            host.Dispose();
        session.Dispose();
    }

    // To the runtime it is plain memory; CUDA itself knows what is pinned
    private static OrtValue Tensor(TensorElementType type, nint at, long bytes, params long[] shape) =>
        OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, at, bytes);
}
