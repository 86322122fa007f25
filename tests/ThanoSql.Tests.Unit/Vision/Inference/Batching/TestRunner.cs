using Microsoft.ML.OnnxRuntime;
using ThanoSql.Vision.Inference.Batching;

namespace ThanoSql.Tests.Unit.Vision.Inference.Batching;

/// <summary>Pictures of one byte; the embedding is (cos, sin) of that byte, in degrees.</summary>
internal sealed class TestRunner : IBatchRunner
{
    private readonly Lock _gate = new();
    private readonly List<int> _sizes = [];
    private int _runs;

    /// <summary>Called before each run after the warm-up with its number, from 0.</summary>
    public Action<int> Before { get; init; } = _ => { };

    /// <summary>Runs that belong to the warm-up: two for each size.</summary>
    public required int WarmUps { get; init; }

    public bool IsDisposed { get; private set; }

    /// <summary>Of the runs after the warm-up.</summary>
    public int[] Sizes
    {
        get
        {
            lock (_gate)
                return [.. _sizes];
        }
    }

    public int PictureBytes => 1;

    public int EmbeddingSize => 2;

    public static Half[] Expected(int picture)
    {
        var (sin, cos) = MathF.SinCos(picture * MathF.PI / 180);
        return [(Half)cos, (Half)sin];
    }

    public BatchMemory Allocate(int pictures) => new(OrtAllocator.DefaultInstance, pictures, PictureBytes, EmbeddingSize);

    public void Run(BatchMemory memory, int first, int count)
    {
        if (++_runs > WarmUps)
        {
            lock (_gate)
                _sizes.Add(count);
            Before(_runs - WarmUps - 1);
        }
        for (var i = first; i < first + count; i++)
            (memory.Embedding(i)[1], memory.Embedding(i)[0]) = MathF.SinCos(memory.Picture(i)[0] * MathF.PI / 180);
    }

    public void Dispose() => IsDisposed = true;
}
