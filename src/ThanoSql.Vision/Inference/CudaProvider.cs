using Microsoft.Extensions.Logging;

namespace ThanoSql.Vision.Inference;

/// <summary>
/// ONNX Runtime's CUDA, if the configuration wants it and the machine has it. It is tried until it first fails: every later session would fail
/// alike, and ONNX Runtime writes each failure to stderr.
/// </summary>
internal sealed partial class CudaProvider(VisionOptions options, ILogger logger)
{
    private const string Library = "libonnxruntime_providers_cuda.so";
    private const string Driver = "libcuda.so.1";

    /// <summary>What CUDA lacks on this machine; null for nothing that can be seen beforehand.</summary>
    private static readonly Lazy<string?> Missing = new(FindMissing);

    private readonly Lock _gate = new();
    private string? _failure;

    /// <summary>Whether sessions are likely to run on it: what it needs is here, and nothing has failed.</summary>
    public bool IsLikely => options.Provider != VisionProvider.Cpu && Volatile.Read(ref _failure) is null && Missing.Value is null;

    /// <param name="model">Gives a serialised ONNX model; not asked where CUDA is not.</param>
    /// <param name="settings">Changed.</param>
    /// <returns>Null when the CPU is to be used.</returns>
    /// <exception cref="InvalidOperationException"><c>Vision:Provider=cuda</c> and CUDA does not work here.</exception>
    public InferenceSession? Create(Func<byte[]> model, SessionOptions settings)
    {
        if (options.Provider == VisionProvider.Cpu)
            return null;
        lock (_gate)
        {
            if (_failure is null)
            {
                var (session, reason) = TryCreate(model, settings);
                if (session is not null)
                    return session;
                _failure = reason;
                if (options.Provider == VisionProvider.Auto)
                    LogFallback(reason);
            }
        }
        return options.Provider == VisionProvider.Auto ? null : throw Refused(_failure);
    }

    /// <summary>What a start with <c>Vision:Provider=cuda</c> ends with.</summary>
    public static InvalidOperationException Refused(string reason) =>
        new($"Vision:Provider is cuda, and CUDA does not work here: {reason} Set it to auto or cpu, or install CUDA and cuDNN.");

    /// <summary>Memory that CUDA reads by itself, without a copy in between; ordinary one where it cannot be had.</summary>
    /// <param name="session">On CUDA.</param>
    public OrtAllocator PinnedMemory(InferenceSession session)
    {
        using var pinned = new OrtMemoryInfo(
            OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, options.CudaDevice, OrtMemType.CpuOutput);
        try
        {
            return new OrtAllocator(session, pinned);
        }
        catch (OnnxRuntimeException e)
        {
            LogUnpinned(e.Message);
            return OrtAllocator.DefaultInstance;
        }
    }

    /// <summary>Memory of the card, as the session takes it.</summary>
    /// <param name="session">On CUDA.</param>
    public OrtAllocator CardMemory(InferenceSession session)
    {
        using var card = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, options.CudaDevice, OrtMemType.Default);
        return new OrtAllocator(session, card);
    }

    /// <summary>Something that ran on CUDA goes on on the CPU.</summary>
    /// <param name="what">Begins a sentence.</param>
    /// <param name="error">Why.</param>
    public void Lost(string what, Exception error) => LogLost(what, error.Message);

    private (InferenceSession? Session, string Reason) TryCreate(Func<byte[]> model, SessionOptions settings)
    {
        if (Missing.Value is { } missing)
            return (null, missing);
        try
        {
            using var cuda = new OrtCUDAProviderOptions();
            var values = new Dictionary<string, string> { ["device_id"] = options.CudaDevice.ToString(CultureInfo.InvariantCulture) };
            if (options.Cuda.MemoryMegabytes > 0)
                values["gpu_mem_limit"] = ((long)options.Cuda.MemoryMegabytes << 20).ToString(CultureInfo.InvariantCulture);
            cuda.UpdateOptions(values);
            settings.AppendExecutionProvider_CUDA(cuda);
            return (new InferenceSession(model(), settings), "");
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException)
        {
            return (null, e.Message);
        }
    }

    private static string? FindMissing()
    {
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, Library)))
            return $"{Library} is not beside the program (it was built with -p:Cuda=false).";
        // Asked first, since ONNX Runtime would write a page of its own to stderr on most machines.
        return NativeLibrary.TryLoad(Driver, out _) ? null : $"there is no NVIDIA driver ({Driver} does not load).";
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Trunks run on the CPU: {Reason}")]
    private partial void LogFallback(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} goes on on the CPU, until the next start: {Reason}")]
    private partial void LogLost(string what, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pictures go to CUDA through ordinary memory: {Reason}")]
    private partial void LogUnpinned(string reason);
}
