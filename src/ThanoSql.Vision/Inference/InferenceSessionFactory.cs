using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Vision.Hosting;

namespace ThanoSql.Vision.Inference;

/// <summary>
/// Makes ONNX Runtime sessions on the provider that the configuration asks for, and for networks of others processes that hold one, on the CPU.
/// </summary>
public sealed partial class InferenceSessionFactory(
    VisionOptions options, ILogger<InferenceSessionFactory>? logger = null, ImportHostOptions? import = null)
{
    private const string CudaLibrary = "libonnxruntime_providers_cuda.so";
    private const string CudaDriver = "libcuda.so.1";

    /// <summary>
    /// From 1.29 on ONNX Runtime's Linux builds tell Microsoft about each session (names and hashes of models among it) and keep that in a database
    /// in the user's home, unless this variable is set.
    /// </summary>
    internal const string NoReports = "ORT_DISABLE_TELEMETRY";

    // Before anything starts ONNX Runtime, and where its native code sees it: .NET keeps variables of its own
    static InferenceSessionFactory() => _ = Posix.SetEnvironment(NoReports, "1", 1);

    private readonly ILogger _logger = logger ?? NullLogger<InferenceSessionFactory>.Instance;
    private readonly Lock _gate = new();
    private string? _cudaFailure;

    /// <param name="model">A serialised ONNX model; not needed after the call.</param>
    /// <exception cref="OnnxRuntimeException">The model does not load.</exception>
    /// <exception cref="InvalidOperationException"><c>Vision:Provider=cuda</c> and CUDA does not work here.</exception>
    public InferenceSession Create(byte[] model)
    {
        if (options.Provider != VisionProvider.Cpu && CreateOnCuda(model) is { } onCuda)
            return onCuda;
        return CreateOnCpu(model);
    }

    /// <summary>For a model that may be broken: on CUDA its failure would count as CUDA's.</summary>
    /// <param name="model">A serialised ONNX model; not needed after the call.</param>
    /// <exception cref="OnnxRuntimeException">The model does not load.</exception>
    public InferenceSession CreateOnCpu(byte[] model)
    {
        using var settings = Settings();
        return new InferenceSession(model, settings);
    }

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

    // CUDA is tried until it first fails: every later session would fail alike, and ONNX Runtime writes each failure to stderr.
    private InferenceSession? CreateOnCuda(byte[] model)
    {
        lock (_gate)
        {
            if (_cudaFailure is null)
            {
                var (session, reason) = TryCreateOnCuda(model);
                if (session is not null)
                    return session;
                _cudaFailure = reason;
                if (options.Provider == VisionProvider.Auto)
                    LogFallback(reason);
            }
        }
        if (options.Provider == VisionProvider.Auto)
            return null;
        throw new InvalidOperationException(
            $"Vision:Provider is cuda, and CUDA does not work here: {_cudaFailure} Set it to auto or cpu, or install CUDA and cuDNN.");
    }

    private (InferenceSession? Session, string Reason) TryCreateOnCuda(byte[] model)
    {
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, CudaLibrary)))
            return (null, $"{CudaLibrary} is not beside the program (it was built with -p:Cuda=false).");
        // Asked first, since ONNX Runtime would write a page of its own to stderr on most machines.
        if (!NativeLibrary.TryLoad(CudaDriver, out _))
            return (null, $"there is no NVIDIA driver ({CudaDriver} does not load).");
        try
        {
            using var settings = Settings();
            settings.AppendExecutionProvider_CUDA(options.CudaDevice);
            return (new InferenceSession(model, settings), "");
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException)
        {
            return (null, e.Message);
        }
    }

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

    [LoggerMessage(Level = LogLevel.Information, Message = "Trunks run on the CPU: {Reason}")]
    private partial void LogFallback(string reason);
}
