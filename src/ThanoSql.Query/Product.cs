using System.Reflection;

namespace ThanoSql.Query;

/// <summary>The release that runs, as the build says it of every assembly.</summary>
public static class Product
{
    public const string Name = "ThanoSql.Indexer";

    /// <summary>Such as <c>0.2.0</c>.</summary>
    public static string Version { get; } = typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
