using System.Globalization;
using Microsoft.Extensions.Options;
using ThanoSql.Embedding;

namespace ThanoSql.Trainer.Runs;

/// <summary>Files that a run keeps in the model folder while it lasts: a trainer that takes it up finds what the one before had come to.</summary>
internal sealed class RunFiles(IOptions<ModelOptions> options)
{
    /// <summary>In a folder that is there.</summary>
    public string PathOf(long run, string kind)
    {
        Directory.CreateDirectory(options.Value.Folder);
        return Path.Combine(options.Value.Folder, Name(run, kind));
    }

    /// <summary>The run is over.</summary>
    public void Delete(long run)
    {
        if (!Directory.Exists(options.Value.Folder))
            return;
        foreach (var file in Directory.EnumerateFiles(options.Value.Folder, Name(run, "*")))
            File.Delete(file);
    }

    private static string Name(long run, string kind) => string.Create(CultureInfo.InvariantCulture, $"run-{run}.{kind}");
}
