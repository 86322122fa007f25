using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Vision.Hosting;
using ThanoSql.Vision.Inference.Batching;

namespace ThanoSql.Vision.Inference;

/// <summary>
/// Makes ONNX Runtime sessions on the CPU, and on CUDA where the configuration asks for it; for networks of others processes that hold one, on the
/// CPU.
/// </summary>
public sealed class InferenceSessionFactory(
    VisionOptions options, ILogger<InferenceSessionFactory>? logger = null, ImportHostOptions? import = null)
{
    /// <summary>
    /// From 1.29 on ONNX Runtime's Linux builds tell Microsoft about each session (names and hashes of models among it) and keep that in a database
    /// in the user's home, unless this variable is set.
    /// </summary>
    internal const string NoReports = "ORT_DISABLE_TELEMETRY";

    // Before anything starts ONNX Runtime, and where its native code sees it: .NET keeps variables of its own
    static InferenceSessionFactory() => _ = Posix.SetEnvironment(NoReports, "1", 1);

    /// <param name="model">A serialised ONNX model; not needed after the call.</param>
    /// <exception cref="OnnxRuntimeException">The model does not load.</exception>
    public InferenceSession CreateOnCpu(byte[] model)
    {
        using var settings = Settings();
        return new InferenceSession(model, settings);
    }

    /// <summary>
    /// Pictures that should be on their way at once: one a thread on the CPU, and on CUDA as many more as fill one batch while another runs.
    /// </summary>
    public int PicturesAtOnce => options.Threads + (Cuda.IsLikely ? 2 * options.EffectiveBatchSizes[^1] : 0);

    /// <summary>Where trunks run, as far as is known: what CUDA needs may be here, and it fails at the first use.</summary>
    public VisionProvider RunsOn => Cuda.IsLikely ? VisionProvider.Cuda : VisionProvider.Cpu;

    internal CudaProvider Cuda { get; } = new(options, (ILogger?)logger ?? NullLogger.Instance);

    /// <summary>Not for a model that may be broken: its failure would count as CUDA's.</summary>
    /// <param name="model">Gives a serialised ONNX model; not asked where CUDA is not.</param>
    /// <returns>Null when the CPU is to be used; the reason is logged the first time.</returns>
    /// <exception cref="InvalidOperationException"><c>Vision:Provider=cuda</c> and CUDA does not work here.</exception>
    internal InferenceSession? CreateOnCuda(Func<byte[]> model)
    {
        using var settings = Settings();
        return Cuda.Create(model, settings);
    }

    /// <summary>A trunk of ours on CUDA.</summary>
    /// <inheritdoc cref="CreateOnCuda"/>
    internal IBatchRunner? OpenBatches(ConvNeXtTrunk trunk, Preprocessing preprocessing) =>
        CreateOnCuda(() => trunk.ToBatchOnnx(preprocessing)) is { } session
            ? new SessionBatchRunner(session, Cuda.PinnedMemory(session), preprocessing.InputSize, trunk.EmbeddingSize)
            : null;

    /// <summary>What networks of others may take.</summary>
    internal ImportHostOptions Import { get; } = import ?? new ImportHostOptions();

    /// <summary>A process for a network of others. Disposing it ends it.</summary>
    /// <param name="model">image [N, 3, side, side] → one output.</param>
    /// <param name="side">In pixels.</param>
    /// <param name="places">Pictures at the same time.</param>
    /// <param name="cancellationToken">Ends it while it loads.</param>
    /// <exception cref="ModelProcessException">It does not load in time, or ends.</exception>
    /// <exception cref="ModelFileException">ONNX Runtime refuses the model.</exception>
    /// <exception cref="TrunkException">The process does not start, or the kernel cannot confine it.</exception>
    internal ModelProcess Host(byte[] model, int side, int places, CancellationToken cancellationToken) =>
        ModelProcess.Start(model, new ModelProcessPlan(Import, places, side, options.ThreadsPerInference), cancellationToken);

    /// <summary>Pictures that are looked at at the same time.</summary>
    internal int Threads => options.Threads;

    /// <summary>Whether CUDA that does not work is an error.</summary>
    internal bool RequiresCuda => options.Provider == VisionProvider.Cuda;

    /// <summary>Pictures of a run on CUDA.</summary>
    internal IReadOnlyList<int> BatchSizes => options.EffectiveBatchSizes;

    private SessionOptions Settings()
    {
        var settings = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = options.ThreadsPerInference,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        // Idle threads must not spin: other work shares the cores.
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return settings;
    }
}
