using System.Text.RegularExpressions;

namespace ThanoSql.Vision.Trunks;

/// <summary>
/// Finds the weights for an algorithm's name: installed file, then download, then the bundled trunk, and as long as none is bundled
/// a random stand-in. Whatever is not what was asked for says so in <see cref="TrunkWeights.Note"/>.
/// </summary>
/// <param name="options">Folders and the fallback.</param>
/// <param name="pins">Checksums of bundled files by algorithm name, normally <see cref="BundledTrunks.Sha256"/>.</param>
/// <param name="download">Fetches published weights; null where the network is not to be used.</param>
public sealed partial class TrunkStore(TrunkStoreOptions options, IReadOnlyDictionary<string, string> pins, TrunkDownload? download = null)
{
    private const ulong StandInSeed = 1;

    /// <param name="algorithm">For example <c>ConvNeXt_Tiny</c>, or any name under which a timm ConvNeXt is installed or configured for
    /// download.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="TrunkException">The name is unknown, a file is damaged, or the fallback is off and the weights cannot be had.</exception>
    public async Task<TrunkWeights> FindAsync(string algorithm, CancellationToken cancellationToken)
    {
        if (!FileName().IsMatch(algorithm))
            throw Unknown(algorithm);
        var name = ConvNeXtVariant.Find(algorithm)?.AlgorithmName ?? algorithm;
        var installed = FileIn(options.Folder, name);
        if (File.Exists(installed))
            return Checked(installed, name, TrunkOrigin.Installed, algorithm, note: null);
        var (downloaded, failure) = await DownloadAsync(name, cancellationToken).ConfigureAwait(false);
        if (downloaded is not null)
            return Checked(downloaded, name, TrunkOrigin.Downloaded, algorithm, note: null);
        return FindBundled(name, algorithm, failure);
    }

    // Both null: nobody publishes this name, or downloading is off.
    private async Task<(string? Path, string? Failure)> DownloadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (download is null ? null : await download(name, cancellationToken).ConfigureAwait(false), null);
        }
        catch (TrunkException e)
        {
            return (null, e.Message);
        }
    }

    private TrunkWeights FindBundled(string name, string asked, string? failure)
    {
        var own = FileIn(options.BundledFolder, name);
        if (File.Exists(own))
            return Checked(own, name, TrunkOrigin.Bundled, asked, note: null);
        if (failure is null && ConvNeXtVariant.Find(name) is null)
            throw Unknown(asked);
        var reason = failure ?? (download is null ? "downloading is off" : "no download is known for it");
        if (options.Fallback == TrunkFallback.None)
        {
            throw new TrunkException(
                $"The weights of {name} are not installed: {reason}. Run `thanosql trunk pull {name}`, or set Models:Fallback=bundled.");
        }
        var atto = ConvNeXtVariant.Atto.AlgorithmName;
        var fallback = FileIn(options.BundledFolder, atto);
        return File.Exists(fallback)
            ? Checked(fallback, atto, TrunkOrigin.Bundled, asked, $"{name} is not installed ({reason}); the bundled {atto} is used instead.")
            : StandIn(asked, $"no trained trunk is here ({reason}); a {RandomTrunk.Description} of {atto} is used: its keywords mean little.");
    }

    private TrunkWeights Checked(string path, string name, TrunkOrigin origin, string asked, string? note)
    {
        var weights = SafeTensors.Open(path);
        if (origin == TrunkOrigin.Bundled && (!pins.TryGetValue(name, out var pin) || pin != weights.Sha256))
            throw new TrunkException($"{path} is not the file that this version ships (SHA-256 {weights.Sha256}). Restore it from the repository.");
        var found = ConvNeXtVariant.Of(weights);
        if (ConvNeXtVariant.Find(name) is { } variant && found != variant)
            throw new TrunkException($"{path} holds {found.AlgorithmName}, not {name}. Install the right file.");
        return new TrunkWeights(found, path, weights.Sha256, origin, asked, note);
    }

    private TrunkWeights StandIn(string asked, string note)
    {
        var variant = ConvNeXtVariant.Atto;
        var path = FileIn(options.Folder, $"{variant.AlgorithmName}.random-stand-in");
        var file = RandomTrunk.Create(variant, StandInSeed);
        Directory.CreateDirectory(options.Folder);
        AtomicFile.Write(path, file);
        return new TrunkWeights(variant, path, Convert.ToHexStringLower(SHA256.HashData(file)), TrunkOrigin.Random, asked, note);
    }

    private static string FileIn(string folder, string name) => Path.Combine(folder, name + ".safetensors");

    private static TrunkException Unknown(string algorithm) =>
        new($"There is no algorithm '{algorithm}'. Known: {string.Join(", ", ConvNeXtVariant.Known.Select(v => v.AlgorithmName))}.");

    // The name becomes a file's name: no folders, no hidden files.
    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();
}

/// <summary>What happens when the trunk that was asked for is not here and cannot be fetched.</summary>
public enum TrunkFallback
{
    /// <summary>Use the bundled one and say so.</summary>
    Bundled,

    /// <summary>Refuse.</summary>
    None,
}

/// <summary>Folders of trunk weights.</summary>
public sealed class TrunkStoreOptions
{
    /// <summary>Folder of installed and downloaded weights, <c>ConvNeXt_Tiny.safetensors</c> and so on.</summary>
    public required string Folder { get; init; }

    /// <summary>Folder of the weights shipped with the product.</summary>
    public required string BundledFolder { get; init; }

    public TrunkFallback Fallback { get; init; } = TrunkFallback.Bundled;
}

/// <summary>Where trunk weights came from.</summary>
public enum TrunkOrigin
{
    /// <summary>A file in the model folder.</summary>
    Installed,

    /// <summary>Fetched from the hub just now.</summary>
    Downloaded,

    /// <summary>Shipped with the product.</summary>
    Bundled,

    /// <summary>Fine-tuned here, for one model.</summary>
    Tuned,

    /// <summary>An imported classifier.</summary>
    Uploaded,

    /// <summary>Seeded random weights: keywords made with them mean little.</summary>
    Random,
}

/// <summary>The weights that answer an algorithm's name.</summary>
/// <param name="Variant">What the file holds.</param>
/// <param name="Path">The safetensors file.</param>
/// <param name="Sha256">Of the file, 64 lower-case hexadecimal digits.</param>
/// <param name="Origin">Where it came from.</param>
/// <param name="Asked">The algorithm's name as asked for.</param>
/// <param name="Note">What a user must be told, when the weights are not those asked for or not trained; else null.</param>
public sealed record TrunkWeights(ConvNeXtVariant Variant, string Path, string Sha256, TrunkOrigin Origin, string Asked, string? Note);

/// <summary>Fetches an algorithm's published weights (<c>ConvNeXt_Tiny</c>, or a name from the configuration) into the model folder.</summary>
/// <returns>The file's path, or null when nothing is published under this name or downloading is switched off.</returns>
/// <exception cref="TrunkException">They cannot be had now; the message says why.</exception>
public delegate Task<string?> TrunkDownload(string algorithm, CancellationToken cancellationToken);
