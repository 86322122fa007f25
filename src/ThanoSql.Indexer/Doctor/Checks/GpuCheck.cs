using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>What Vision:Provider asks for is what trunks run on.</summary>
internal sealed class GpuCheck(Patient patient) : ICheck
{
    public string Name => "gpu";

    public async Task<Finding> RunAsync(CancellationToken cancellationToken)
    {
        var options = patient.Configuration.GetSection(VisionOptions.Section).Get<VisionOptions>() ?? new VisionOptions();
        if (options.Provider == VisionProvider.Cpu)
            return Finding.Skipped("Vision:Provider is cpu");
        var isHere = new InferenceSessionFactory(options, NullLogger<InferenceSessionFactory>.Instance).RunsOn == VisionProvider.Cuda;
        var workers = await patient.WorkersAsync(cancellationToken);
        var onCpu = workers.Where(w => w.Provider != "cuda").Select(w => w.Host).Distinct().ToList();
        if (options.Provider == VisionProvider.Cuda && !isHere)
        {
            return Finding.Failed(
                "Vision:Provider is cuda, and this build has no CUDA or this machine no NVIDIA driver",
                "Install driver, CUDA 13 and cuDNN 9 and a build with CUDA, or set Vision:Provider to auto or cpu.");
        }
        if (!isHere)
            return Finding.Skipped("Vision:Provider is auto, and there is no NVIDIA driver or no CUDA in this build: trunks run on the CPU");
        return onCpu.Contains(Environment.MachineName)
            ? Finding.Warning("CUDA is here, but a worker on this machine runs on the CPU", "Its log says why; mend that and start it again.")
            : Finding.Ok(workers.Count == onCpu.Count ? "CUDA is here; no worker runs on it now" : "CUDA is here, and workers run on it");
    }
}
