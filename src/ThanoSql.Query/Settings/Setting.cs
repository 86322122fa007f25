namespace ThanoSql.Query.Settings;

/// <summary>A setting as this process uses it.</summary>
/// <param name="Key">Its whole name: <c>Query:Limits:Rows</c>.</param>
/// <param name="Value">Without secrets: see <see cref="SettingText"/>. Empty where nothing is set.</param>
/// <param name="Source">Who said so.</param>
public sealed record Setting(string Key, string Value, SettingSource Source)
{
    /// <summary>The first word of the name.</summary>
    public string Section => Key.Split(':', 2)[0];
}

/// <summary>Where a value comes from; each takes precedence over the ones before it.</summary>
public enum SettingSource
{
    /// <summary>Nobody said anything.</summary>
    Default,

    /// <summary>The home folder of an embedded installation.</summary>
    Home,

    /// <summary>appsettings.json.</summary>
    File,
    Environment,
    CommandLine,
}

/// <summary>Settings that exist. Only what is named so is ever shown: an environment holds much that is not ours.</summary>
/// <param name="Path">A section, or a key.</param>
/// <param name="Options">The class of the section, from which defaults come; null for one that is shown as it was set.</param>
/// <param name="Default">Of a key without a class.</param>
public sealed record KnownSettings(string Path, Type? Options = null, string? Default = null)
{
    /// <summary>Those of a class that says its section itself.</summary>
    public static KnownSettings Of<T>(string section)
        where T : new() => new(section, typeof(T));
}
