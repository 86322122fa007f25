namespace ThanoSql.Tests.Unit.Vision;

/// <summary>Files of the repository that tests read in place.</summary>
internal static class Repository
{
    private static readonly Lazy<string> Root = new(() =>
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ThanoSql.Indexer.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests run from inside the repository.");
    });

    public static string PathTo(params ReadOnlySpan<string> parts) => Path.Combine([Root.Value, .. parts]);
}
