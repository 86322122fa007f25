using System.Security.Cryptography;

namespace ThanoSql.Vision.Trunks;

/// <summary>
/// Finds the weights for an algorithm's name: installed file, then download, then the bundled trunk, and as long as none is bundled
/// a random stand-in. Whatever is not what was asked for says so in <see cref="TrunkWeights.Note"/>.
/// </summary>
/// <param name="options">Folders and the fallback.</param>
/// <param name="pins">Checksums of bundled files by algorithm name, normally <see cref="BundledTrunks.Sha256"/>.</param>
/// <param name="download">Fetches published weights; null where the network is not to be used.</param>
public sealed class TrunkStore(TrunkStoreOptions options, IReadOnlyDictionary<string, string> pins, TrunkDownload? download = null)
{
    private const ulong StandInSeed = 1;

    /// <param name="algorithm">For example <c>ConvNeXt_Tiny</c>.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="TrunkException">The name is unknown, a file is damaged, or the fallback is off and the weights cannot be had.</exception>
    public async Task<TrunkWeights> FindAsync(string algorithm, CancellationToken cancellationToken)
    {
        var variant = ConvNeXtVariant.Find(algorithm) ?? throw new TrunkException(
            $"There is no algorithm '{algorithm}'. Known: {string.Join(", ", ConvNeXtVariant.Known.Select(v => v.AlgorithmName))}.");
        var installed = Path.Combine(options.Folder, variant.AlgorithmName + ".safetensors");
        if (File.Exists(installed))
            return Checked(installed, variant, TrunkOrigin.Installed, algorithm, note: null);
        var (downloaded, reason) = await DownloadAsync(variant, cancellationToken);
        if (downloaded is not null)
            return Checked(downloaded, variant, TrunkOrigin.Downloaded, algorithm, note: null);
        return FindBundled(variant, algorithm, reason);
    }

    private async Task<(string? Path, string Reason)> DownloadAsync(ConvNeXtVariant variant, CancellationToken cancellationToken)
    {
        if (download is null)
            return (null, "downloading is off");
        try
        {
            return (await download(variant, cancellationToken), "there is no download for it");
        }
        catch (TrunkException e)
        {
            return (null, e.Message);
        }
    }

    private TrunkWeights FindBundled(ConvNeXtVariant variant, string asked, string reason)
    {
        if (BundledFile(variant) is { } own)
            return Checked(own, variant, TrunkOrigin.Bundled, asked, note: null);
        if (options.Fallback == TrunkFallback.None)
        {
            throw new TrunkException(
                $"The weights of {variant.AlgorithmName} are not installed: {reason}. Run `thanosql trunk pull {variant.AlgorithmName}`, or set Models:Fallback=bundled.");
        }
        var atto = ConvNeXtVariant.Atto;
        if (BundledFile(atto) is { } fallback)
        {
            return Checked(fallback, atto, TrunkOrigin.Bundled, asked,
                $"{variant.AlgorithmName} is not installed ({reason}); the bundled {atto.AlgorithmName} is used instead.");
        }
        return StandIn(atto, asked, $"no trained trunk is here ({reason}); a {RandomTrunk.Description} of {atto.AlgorithmName} is used: its keywords mean little.");
    }

    private string? BundledFile(ConvNeXtVariant variant)
    {
        var path = Path.Combine(options.BundledFolder, variant.AlgorithmName + ".safetensors");
        return File.Exists(path) ? path : null;
    }

    private TrunkWeights Checked(string path, ConvNeXtVariant variant, TrunkOrigin origin, string asked, string? note)
    {
        var weights = SafeTensors.Open(path);
        if (origin == TrunkOrigin.Bundled && (!pins.TryGetValue(variant.AlgorithmName, out var pin) || pin != weights.Sha256))
            throw new TrunkException($"{path} is not the file that this version ships (SHA-256 {weights.Sha256}). Restore it from the repository.");
        var found = ConvNeXtVariant.Of(weights);
        if (found != variant)
            throw new TrunkException($"{path} holds {found.AlgorithmName}, not {variant.AlgorithmName}. Install the right file.");
        return new TrunkWeights(variant, path, weights.Sha256, origin, asked, note);
    }

    private TrunkWeights StandIn(ConvNeXtVariant variant, string asked, string note)
    {
        var path = Path.Combine(options.Folder, $"{variant.AlgorithmName}.random-stand-in.safetensors");
        var file = RandomTrunk.Create(variant, StandInSeed);
        Directory.CreateDirectory(options.Folder);
        AtomicFile.Write(path, file);
        return new TrunkWeights(variant, path, Convert.ToHexStringLower(SHA256.HashData(file)), TrunkOrigin.Random, asked, note);
    }
}
