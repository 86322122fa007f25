using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using ThanoSql.Catalog;

namespace ThanoSql.Tests.Fixtures;

/// <summary>The texts that an <see cref="OldHome"/> is made of.</summary>
public static class OldHomeFiles
{
    /// <summary>The migrations that old homes have seen, by number.</summary>
    /// <exception cref="InvalidOperationException">One was edited or is missing: homes that have it would never see the change.</exception>
    public static IReadOnlyList<(int Number, string Name, string Sql)> Migrations() =>
    [
        .. from line in Text("migrations.sha256").Split('\n', StringSplitOptions.RemoveEmptyEntries)
           let parts = line.Split("  ")
           select Migration(file: parts[1], sha256: parts[0]),
    ];

    internal static string Text(string name) => Encoding.UTF8.GetString(Bytes(name));

    internal static byte[] Bytes(string name) => Bytes(typeof(OldHomeFiles).Assembly, $"OldHome/{name}");

    private static byte[] Bytes(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static (int Number, string Name, string Sql) Migration(string file, string sha256)
    {
        var assembly = typeof(Migrator).Assembly;
        var resource = assembly.GetManifestResourceNames().SingleOrDefault(r => r.EndsWith($".{file}", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The migration {file} is missing; homes have it.");
        var bytes = Bytes(assembly, resource);
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != sha256)
            throw new InvalidOperationException($"The migration {file} was edited; homes that have it would never see that. Write a new one.");
        var number = int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture);
        return (number, Path.GetFileNameWithoutExtension(file)[5..], Encoding.UTF8.GetString(bytes));
    }
}
