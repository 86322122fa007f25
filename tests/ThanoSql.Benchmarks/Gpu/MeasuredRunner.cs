using System.Diagnostics;
using ThanoSql.Vision.Inference.Batching;

namespace ThanoSql.Benchmarks.Gpu;

/// <summary>
/// Measures each batch size when it is warmed, on the thread that owns the session: a second thread would make CUDA search its algorithms anew.
/// </summary>
/// <param name="inner">Owned.</param>
/// <param name="seconds">For each size.</param>
internal sealed class MeasuredRunner(IBatchRunner inner, double seconds) : IBatchRunner
{
    private readonly Dictionary<int, double> _rates = [];

    /// <summary>Pictures a second by batch size; complete when the stage is warm.</summary>
    public IReadOnlyDictionary<int, double> Rates => _rates;

    public int PictureBytes => inner.PictureBytes;

    public int EmbeddingSize => inner.EmbeddingSize;

    public BatchMemory Allocate(int pictures) => inner.Allocate(pictures);

    public void Run(BatchMemory memory, int first, int count)
    {
        inner.Run(memory, first, count);
        if (_rates.ContainsKey(count))
            return;
        var (start, runs) = (Stopwatch.GetTimestamp(), 0);
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; runs++)
            inner.Run(memory, first, count);
        _rates[count] = runs * count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose() => inner.Dispose();
}
