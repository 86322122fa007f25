using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>
/// Installs published trunk weights in the model folder: from the hub or a mirror of it, or from a file for machines without a network.
/// </summary>
public sealed partial class HubClient : IDisposable
{
    private readonly HubOptions _options;
    private readonly ILogger<HubClient> _logger;
    private readonly HttpClient _client;
    private readonly ResiliencePipeline _retries;

    public HubClient(HubOptions options, ILogger<HubClient> logger, TimeProvider? time = null)
    {
        (_options, _logger) = (options, logger);
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = options.ConnectTimeout };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("thanosql-indexer");
        _retries = options.Retries == 0 ? ResiliencePipeline.Empty : Retrying(time ?? TimeProvider.System);
    }

    /// <summary>
    /// Downloads an algorithm's weights into <paramref name="folder"/>, continuing what an earlier pull began. What is there and right, stays.
    /// </summary>
    /// <param name="name">For example <c>ConvNeXt_Tiny</c>; case does not matter.</param>
    /// <exception cref="TrunkException">
    /// The name is unknown, the hub cannot be reached, another pull of it is running, there is no room, or the file is not what it must be;
    /// it is then removed.
    /// </exception>
    public async Task<PulledTrunk> PullAsync(string name, string folder, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        var (known, source) = Source(name);
        return await TrunkInstaller.RunAsync(known, folder, source.Sha256, async part =>
        {
            var download = new HubDownload(_client, _options, Address(source), progress);
            await FetchAsync(known, download, part, cancellationToken).ConfigureAwait(false);
            return download.HubSha256;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Installs a file that was brought here by other means, under the same checks. One that is installed already, stays.</summary>
    /// <exception cref="TrunkException">As <see cref="PullAsync"/>.</exception>
    public Task<PulledTrunk> InstallAsync(string name, string file, string folder, CancellationToken cancellationToken)
    {
        var (known, source) = Source(name);
        if (!File.Exists(file))
            throw new TrunkException($"There is no file {file}.");
        return TrunkInstaller.RunAsync(known, folder, source.Sha256, async part =>
        {
            part.Restart(null);
            await using var input = File.OpenRead(file);
            var buffer = new byte[1 << 20];
            for (int read; (read = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
                await part.AppendAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            return null;
        }, cancellationToken);
    }

    /// <summary>True when <see cref="PullAsync"/> knows where the algorithm's weights are published.</summary>
    public bool Knows(string name) => _options.Find(name) is not null;

    /// <summary>The download of a <see cref="TrunkStore"/> whose model folder is <paramref name="folder"/>.</summary>
    public TrunkDownload Into(string folder, IProgress<HubProgress>? progress = null) => async (algorithm, cancellationToken) =>
        Knows(algorithm) ? (await PullAsync(algorithm, folder, progress, cancellationToken).ConfigureAwait(false)).Path : null;

    public void Dispose() => _client.Dispose();

    private (string Name, PublishedTrunk Source) Source(string name)
    {
        if (_options.Find(name) is { } found)
            return found;
        var known = PublishedTrunk.Known.Keys.Concat(_options.Sources.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Order();
        throw new TrunkException(
            $"No published weights are known for '{name}', but for {string.Join(", ", known)}. Name a timm repository in Models:Sources.");
    }

    private Uri Address(PublishedTrunk source)
    {
        var repository = $"{_options.HubUrl.AbsoluteUri.TrimEnd('/')}/{source.Repository}";
        return new($"{repository}/resolve/{Uri.EscapeDataString(source.Revision)}/{PublishedTrunk.FileName}");
    }

    private async Task FetchAsync(string name, HubDownload download, PartialFile part, CancellationToken cancellationToken)
    {
        try
        {
            await _retries.ExecuteAsync(async token => await download.RunAsync(part, token).ConfigureAwait(false), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (TransientHubException error)
        {
            throw new TrunkException(
                $"{name} could not be downloaded from {_options.HubUrl.Host}: {error.Message}. "
                + "Pull again to continue, or install a file with --from.", error);
        }
    }

    private ResiliencePipeline Retrying(TimeProvider time) => new ResiliencePipelineBuilder { Name = "hub", TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<TransientHubException>(),
            MaxRetryAttempts = _options.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _options.RetryDelay,
            MaxDelay = TimeSpan.FromMinutes(1),
            DelayGenerator = static retry => ValueTask.FromResult((retry.Outcome.Exception as TransientHubException)?.RetryAfter),
            OnRetry = retry =>
            {
                LogRetry(retry.Outcome.Exception?.Message, retry.RetryDelay);
                return ValueTask.CompletedTask;
            },
        })
        .Build();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The download was interrupted ({Reason}); it goes on in {Delay}")]
    private partial void LogRetry(string? reason, TimeSpan delay);
}

/// <summary>An attempt failed in a way that another one may not.</summary>
internal sealed class TransientHubException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>What vouches for a file of weights.</summary>
public enum ChecksumOrigin
{
    /// <summary>It equals the checksum pinned in the program or the configuration.</summary>
    Pinned,

    /// <summary>It equals the checksum recorded at an earlier pull.</summary>
    Recorded,

    /// <summary>It equals the checksum that the hub itself names, and was recorded: later pulls must match.</summary>
    Hub,

    /// <summary>Nothing vouches for it. It was trusted on first use and recorded: later pulls must match.</summary>
    FirstUse,
}

/// <summary>An installed file of weights.</summary>
/// <param name="Name">Algorithm, for example <c>ConvNeXt_Tiny</c>.</param>
/// <param name="Path">The safetensors file.</param>
/// <param name="Sha256">64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checksum">What the checksum was compared with.</param>
/// <param name="AlreadyThere">True when nothing was downloaded.</param>
public sealed record PulledTrunk(string Name, string Path, string Sha256, long Bytes, ChecksumOrigin Checksum, bool AlreadyThere)
{
    /// <summary>One sentence for the user about the checksum.</summary>
    public string ChecksumNote => Checksum switch
    {
        ChecksumOrigin.Pinned => $"SHA-256 {Sha256} is the pinned one.",
        ChecksumOrigin.Recorded => $"SHA-256 {Sha256} is the one recorded at the first pull.",
        ChecksumOrigin.Hub =>
            $"SHA-256 {Sha256} is the one that the hub names; it was not known beforehand and is recorded now, later pulls must match.",
        _ => $"SHA-256 {Sha256} could not be compared with anything: the file is trusted on first use and recorded, later pulls must match.",
    };
}

/// <summary>Bytes on disk so far, and of the whole file where the hub tells its size.</summary>
public readonly record struct HubProgress(long Bytes, long? Total);
