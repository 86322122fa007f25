using System.Text;
using System.Text.RegularExpressions;
using ThanoSql.Vision;

namespace ThanoSql.Trainer.Building;

/// <summary>
/// The trunks that BUILD and FIT … USING may name besides the algorithms themselves: prebuilt ones, and the names that GET THANOSQL MODEL gave to
/// them, each a small file beside the weights that says whose they are.
/// </summary>
internal sealed partial class NamedTrunks(IOptions<ModelOptions> options)
{
    /// <returns>The algorithm to ask for; null for a name that is none of these.</returns>
    public string? Find(Name name) => ConvNeXtVariant.Find(name.Text) is not null ? null : AlgorithmOf(name.Folded);

    /// <summary>As <see cref="Find"/>, by a name in lower case.</summary>
    public string? AlgorithmOf(string name)
    {
        if (PrebuiltTrunks.AlgorithmOf(name) is { } prebuilt)
            return prebuilt;
        return FileOf(name) is { } file && File.Exists(file) ? PrebuiltTrunks.AlgorithmOf(File.ReadAllText(file).Trim()) : null;
    }

    /// <exception cref="QueryException">The name cannot be a file's.</exception>
    public void Add(string name, string algorithm)
    {
        var file = FileOf(name) ?? throw new QueryException(
            ErrorCode.BadRequest, $"'{name}' is no name for a model: up to 63 letters, digits and underscores.");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(algorithm));
    }

    /// <returns>False when no weights were given that name.</returns>
    public bool Remove(string name)
    {
        if (FileOf(name) is not { } file || !File.Exists(file))
            return false;
        File.Delete(file);
        return true;
    }

    private string? FileOf(string name) => Word().IsMatch(name) ? Path.Combine(options.Value.Folder, "names", $"{name}.txt") : null;

    [GeneratedRegex(@"^[\p{L}\p{N}_]{1,63}\z")]
    private static partial Regex Word();
}
