using System.Reflection;

namespace ThanoSql.Query;

/// <summary>Name and release of what runs, as the build says them of every assembly.</summary>
public static class Product
{
    private static readonly Assembly Own = typeof(Product).Assembly;

    public static string Name { get; } = Own.GetCustomAttribute<AssemblyProductAttribute>()!.Product;

    /// <summary>Such as <c>0.2.0</c>.</summary>
    public static string Version { get; } = Own.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
