using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace ThanoSql.Query.Settings;

internal static class SettingSources
{
    /// <param name="provider">Has the value.</param>
    /// <param name="isFirst">Whether all others take precedence over it, as over what the home folder says.</param>
    public static SettingSource Of(IConfigurationProvider provider, bool isFirst) => provider switch
    {
        FileConfigurationProvider => SettingSource.File,
        EnvironmentVariablesConfigurationProvider => SettingSource.Environment,
        CommandLineConfigurationProvider => SettingSource.CommandLine,
        _ => isFirst ? SettingSource.Home : SettingSource.CommandLine,
    };
}
