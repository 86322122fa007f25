namespace ThanoSql.Vision.Inference.Batching;

/// <summary>Runs batches of bytes. Its thread is <see cref="BatchStage"/>'s alone.</summary>
internal interface IBatchRunner : IDisposable
{
    /// <summary>Bytes of a picture: [side, side, 3] in row, column, channel order.</summary>
    int PictureBytes { get; }

    /// <summary>Values of an embedding.</summary>
    int EmbeddingSize { get; }

    /// <summary>Memory for that many pictures and their embeddings; to be freed before the runner is.</summary>
    BatchMemory Allocate(int pictures);

    /// <summary>Embeds the pictures from <paramref name="first"/> on to their places in the memory.</summary>
    /// <param name="memory">Of this runner.</param>
    /// <param name="first">From 0.</param>
    /// <param name="count">One of few sizes: each new one is slow the first time.</param>
    /// <exception cref="OnnxRuntimeException">It does not work any more.</exception>
    void Run(BatchMemory memory, int first, int count);
}

/// <summary>Pictures and their embeddings in memory that does not move.</summary>
internal sealed unsafe class BatchMemory : IDisposable
{
    private readonly OrtMemoryAllocation _pixels;
    private readonly OrtMemoryAllocation _embeddings;
    private readonly int _pictureBytes;
    private readonly int _size;

    /// <param name="allocator">Of memory that the CPU can read and write.</param>
    /// <param name="pictures">How many.</param>
    /// <param name="pictureBytes">Of each.</param>
    /// <param name="size">Values of each embedding.</param>
    public BatchMemory(OrtAllocator allocator, int pictures, int pictureBytes, int size)
    {
        (_pictureBytes, _size) = (pictureBytes, size);
        _pixels = allocator.Allocate((uint)((long)pictures * pictureBytes));
        _embeddings = allocator.Allocate((uint)((long)pictures * size * sizeof(float)));
        new Span<byte>((void*)_pixels.DangerousGetHandle(), pictures * pictureBytes).Clear();
    }

    public Span<byte> Picture(int index) => new((void*)PictureAt(index), _pictureBytes);

    public Span<float> Embedding(int index) => new((void*)EmbeddingAt(index), _size);

    public nint PictureAt(int index) => _pixels.DangerousGetHandle() + (nint)((long)index * _pictureBytes);

    public nint EmbeddingAt(int index) => _embeddings.DangerousGetHandle() + (nint)((long)index * _size * sizeof(float));

    public void Dispose()
    {
        _pixels.Dispose();
        _embeddings.Dispose();
    }
}
