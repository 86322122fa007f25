using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using NetVips;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>What the cores can do with plain calls of libvips and ONNX Runtime alone: one thread a core, each decodes and infers.</summary>
internal sealed class Ideal : IDisposable
{
    private const int Probes = 100; // of each thread

    private readonly InferenceSession _session;
    private readonly string _input;
    private readonly string _output;
    private readonly Preprocessing _preprocessing;
    private readonly ThreadLocal<float[]> _tensor;

    public Ideal(byte[] model, Preprocessing preprocessing)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        _session = new InferenceSession(model, settings);
        (_input, _output) = (_session.InputNames[0], _session.OutputNames[0]);
        _preprocessing = preprocessing;
        _tensor = new(() => new float[preprocessing.TensorLength]);
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;
    }

    /// <summary>CPU seconds of one picture, the cores being busy alike.</summary>
    public (double Decode, double Inference) Measure(IReadOnlyList<byte[]> pictures)
    {
        var count = Math.Min(Probes, pictures.Count);
        return (CpuSeconds(count, i => Decode(pictures[i])), CpuSeconds(count, _ => Infer()));
    }

    public void Dispose()
    {
        _session.Dispose();
        _tensor.Dispose();
    }

    private static double CpuSeconds(int count, Action<int> work)
    {
        work(0);
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < count; i++)
                work(i);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        process.Refresh();
        return (process.TotalProcessorTime - before).TotalSeconds / (count * threads.Count);
    }

    private void Decode(byte[] bytes)
    {
        var (resize, size, tensor) = (_preprocessing.ResizeSide, _preprocessing.InputSize, _tensor.Value!);
        using var resized = Image.ThumbnailBuffer(bytes, resize, height: resize, crop: Enums.Interesting.Centre);
        using var square = resized.Crop((resize - size) / 2, (resize - size) / 2, size, size);
        var pixels = square.WriteToMemory<byte>();
        for (var channel = 0; channel < 3; channel++)
        {
            var plane = tensor.AsSpan(channel * size * size, size * size);
            for (var at = 0; at < plane.Length; at++)
                plane[at] = (pixels[(at * 3) + channel] * (1 / (255 * 0.225f))) - 2;
        }
    }

    private void Infer()
    {
        var size = _preprocessing.InputSize;
        using var input = OrtValue.CreateTensorValueFromMemory(_tensor.Value!, [1, 3, size, size]);
        using var settings = new RunOptions();
        using var answers = _session.Run(settings, [_input], [input], [_output]);
    }
}
