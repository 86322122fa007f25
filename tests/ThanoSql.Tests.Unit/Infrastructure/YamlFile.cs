using ThanoSql.Tests.Fixtures;
using YamlDotNet.RepresentationModel;

namespace ThanoSql.Tests.Unit.Infrastructure;

/// <summary>Reads the repository's YAML files; merge keys (<c>&lt;&lt;</c>) are resolved as docker compose does.</summary>
internal static class YamlFile
{
    public static IReadOnlyList<YamlMappingNode> Read(string path)
    {
        using var reader = File.OpenText(Repository.File(path));
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    /// <summary>The entries of a mapping, with those that it merges in and does not override.</summary>
    public static Dictionary<string, YamlNode> Entries(this YamlNode node)
    {
        var entries = new Dictionary<string, YamlNode>();
        foreach (var (key, value) in (YamlMappingNode)node)
        {
            var name = ((YamlScalarNode)key).Value!;
            if (name != "<<")
                entries[name] = value;
        }
        if (((YamlMappingNode)node).Children.TryGetValue("<<", out var merged))
        {
            foreach (var (name, value) in merged.Entries())
                entries.TryAdd(name, value);
        }
        return entries;
    }

    public static string Text(this YamlNode node) => ((YamlScalarNode)node).Value!;
}
