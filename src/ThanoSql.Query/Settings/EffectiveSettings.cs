using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace ThanoSql.Query.Settings;

/// <summary>What this process runs with: every setting of ours with its value, without secrets.</summary>
public sealed class EffectiveSettings
{
    private readonly IConfiguration _configuration;
    private readonly List<Setting> _all = [];

    public EffectiveSettings(IConfiguration configuration, IEnumerable<KnownSettings> known)
    {
        ArgumentNullException.ThrowIfNull(known);
        _configuration = configuration;
        foreach (var settings in known)
        {
            if (settings.Options is { } options)
                AddClass(settings.Path, options);
            else
                AddRaw(configuration.GetSection(settings.Path), settings.Default);
        }
        All = [.. _all.DistinctBy(s => s.Key, StringComparer.OrdinalIgnoreCase).OrderBy(s => s.Key, StringComparer.Ordinal)];
    }

    /// <summary>By name.</summary>
    public IReadOnlyList<Setting> All { get; }

    private void AddClass(string path, Type type)
    {
        var section = _configuration.GetSection(path);
        if (typeof(IDictionary).IsAssignableFrom(type))
        {
            AddRaw(section, null);
            return;
        }
        var options = Activator.CreateInstance(type)!;
        section.Bind(options);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            Add($"{path}:{property.Name}", property.PropertyType, property.GetValue(options));
    }

    private void Add(string key, Type type, object? value)
    {
        if (IsValue(type))
            _all.Add(new Setting(key, SettingText.Of(key, value), SourceOf(_configuration.GetSection(key))));
        else
            AddClass(key, type);
    }

    private static bool IsValue(Type type) =>
        type.IsValueType || type == typeof(Uri) || (typeof(IEnumerable).IsAssignableFrom(type) && !typeof(IDictionary).IsAssignableFrom(type));

    private void AddRaw(IConfigurationSection section, string? @default)
    {
        var children = section.GetChildren().ToList();
        if (section.Value is not null || (@default is not null && children.Count == 0))
            _all.Add(new Setting(section.Path, SettingText.Of(section.Path, section.Value ?? @default), SourceOf(section)));
        foreach (var child in children)
            AddRaw(child, null);
    }

    // Of a list its elements are keys
    private SettingSource SourceOf(IConfigurationSection section)
    {
        if (_configuration is not IConfigurationRoot root)
            return section.Exists() ? SettingSource.Environment : SettingSource.Default;
        var keys = section.AsEnumerable().Where(pair => pair.Value is not null).Select(pair => pair.Key).ToList();
        var last = root.Providers.LastOrDefault(provider => keys.Exists(key => provider.TryGet(key, out _)));
        return last is null ? SettingSource.Default : SettingSources.Of(last, isFirst: last == root.Providers.First());
    }
}
