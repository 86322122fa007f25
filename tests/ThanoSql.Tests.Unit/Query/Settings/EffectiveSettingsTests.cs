using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Query.Settings;

namespace ThanoSql.Tests.Unit.Query.Settings;

public sealed class EffectiveSettingsTests
{
    [Fact]
    public void Each_setting_says_its_value_and_who_set_it()
    {
        using var json = new MemoryStream("""{"Query": {"Limits": {"Rows": 7, "Seconds": 8}, "ForwardedFrom": ["10.0.0.0/8", "::1"]}}"""u8.ToArray());
        var settings = Read(
            [],
            configuration => configuration.AddJsonStream(json).AddCommandLine(["--Query:Limits:Seconds=9"]));

        settings["Query:Limits:Rows"].Value.ShouldBe("7");
        settings["Query:Limits:Seconds"].ShouldBe(new Setting("Query:Limits:Seconds", "9", SettingSource.CommandLine));
        settings["Query:Limits:Megabytes"].ShouldBe(new Setting("Query:Limits:Megabytes", "64", SettingSource.Default));
        settings["Query:ForwardedFrom"].Value.ShouldBe("10.0.0.0/8, ::1");
        settings["Storage:Kind"].ShouldBe(new Setting("Storage:Kind", "folder", SettingSource.Default));
        settings["Vision:Cuda:MemoryMegabytes"].Value.ShouldBe("0");
    }

    [Fact]
    public void What_the_home_folder_says_is_told_from_what_people_say()
    {
        var settings = Read([new("Storage:Folder:Root", "/srv/store"), new("Models:Folder", "/srv/models")], _ => { });

        settings["Storage:Folder:Root"].ShouldBe(new Setting("Storage:Folder:Root", "/srv/store", SettingSource.Home));
        settings["Models:Folder"].Source.ShouldBe(SettingSource.Home);
    }

    [Fact]
    public void Of_an_environment_only_what_is_ours_is_shown()
    {
        var settings = Read([new("AWS_SECRET_ACCESS_KEY", "x"), new("PATH", "y"), new("Query:Unknown", "z")], _ => { });

        settings.Values.ShouldAllBe(setting => setting.Value != "x" && setting.Value != "y" && setting.Value != "z");
    }

    [Fact]
    public void No_value_of_a_secret_gets_through_whichever_setting_holds_it()
    {
        const string secret = "hunter2hunter2";
        var settings = Read(
            [
                new("Database:ConnectionString", $"Host=db;Username=owner;Password={secret}"),
                new("Bus:RabbitMq:Uri", $"amqp://guest:{secret}@broker/"),
                new("Storage:Kind", "s3"), new("Storage:S3:AccessKey", secret), new("Storage:S3:SecretKey", secret),
                new("Kestrel:Certificates:Default:Password", secret), new("Telemetry:OtlpEndpoint", $"https://x:{secret}@collector/"),
                new("Models:HubUrl", $"https://x:{secret}@hub/"), new("Datasets:api_key", secret),
            ],
            _ => { });

        settings.Values.ShouldAllBe(setting => !setting.Value.Contains(secret));
        settings["Storage:S3:SecretKey"].Value.ShouldBe(SettingText.Hidden);
        settings["Database:ConnectionString"].Value.ShouldContain("owner");
    }

    [Fact]
    public void Every_class_of_options_is_listed()
    {
        var services = new ServiceCollection();
        services.AddProgramSettings(Configuration([], _ => { }), Roles.All);
        var listed = services.Select(s => s.ImplementationInstance).OfType<KnownSettings>().Select(known => known.Options).ToHashSet();

        var classes = typeof(Roles).Assembly.GetReferencedAssemblies().Where(name => name.Name!.StartsWith("ThanoSql.", StringComparison.Ordinal))
            .Select(Assembly.Load).Append(typeof(Roles).Assembly).SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.GetField("Section", BindingFlags.Public | BindingFlags.Static) is { IsLiteral: true }).ToList();

        classes.Count.ShouldBeGreaterThan(15);
        classes.Where(type => !listed.Contains(type)).ShouldBeEmpty();
    }

    private static Dictionary<string, Setting> Read(KeyValuePair<string, string?>[] first, Action<IConfigurationBuilder> then)
    {
        var services = new ServiceCollection();
        var configuration = Configuration(first, then);
        services.AddSingleton<IConfiguration>(configuration).AddProgramSettings(configuration, Roles.All);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<EffectiveSettings>().All.ToDictionary(setting => setting.Key);
    }

    private static IConfigurationRoot Configuration(KeyValuePair<string, string?>[] first, Action<IConfigurationBuilder> then)
    {
        var builder = new ConfigurationBuilder().AddInMemoryCollection(first);
        then(builder);
        return builder.Build();
    }
}
