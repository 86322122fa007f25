using ThanoSql.Query.Settings;

namespace ThanoSql.Tests.Unit.Query.Settings;

public sealed class SettingTextTests
{
    private const string Secret = "s3cr3t-Str/o:n;g?";

    public static TheoryData<string, string> Secrets => new()
    {
        { "Database:ConnectionString", "Host=db;Port=5432;Database=shop;Username=owner;Password=\"" + Secret + "\"" },
        { "Database:ConnectionString", "Password='" + Secret + "';Host=db" },
        { "Database:ConnectionString", "host=db; pwd=\"" + Secret + "\"" },
        { "Database:ConnectionString", "Host=db;Some New Word=\"" + Secret + "\"" },
        { "Database:ConnectionString", "Host=db;=;Password" + Secret },
        { "Database:ConnectionString", "postgresql://owner:" + Secret + "@db/shop" },
        { "Database:ConnectionString", Secret },
        { "Bus:RabbitMq:Uri", "amqp://guest:" + Secret + "@broker:5672/vhost" },
        { "Bus:RabbitMq:Uri", "amqps://gu@est:" + Secret + "@broker:5672/vhost" },
        { "Telemetry:OtlpEndpoint", "https://collector/?api=" + Secret },
        { "Telemetry:OtlpEndpoint", "https://" + Secret + "@collector/" },
        { "Storage:S3:SecretKey", Secret },
        { "Storage:S3:AccessKey", Secret },
        { "Kestrel:Certificates:Default:Password", Secret },
        { "Kestrel:Endpoints:Https:Certificate:Password", Secret },
        { "Some:ApiKey", Secret },
        { "Some:Token", Secret },
    };

    [Theory]
    [MemberData(nameof(Secrets))]
    public void No_secret_is_shown_not_even_a_piece_of_it(string key, string value)
    {
        var shown = SettingText.Of(key, value);

        shown.ShouldContain(SettingText.Hidden);
        foreach (var piece in Secret.Split(['/', ':', ';', '?'], StringSplitOptions.RemoveEmptyEntries).Where(p => p.Length > 1))
            shown.ShouldNotContain(piece);
    }

    [Theory]
    [InlineData("Database:ConnectionString", "Host=db;Database=shop;Password=x", "host=db;database=shop;password=••••••")]
    [InlineData("Bus:RabbitMq:Uri", "amqp://guest:x@broker:5672/vhost", "amqp://••••••@broker:5672/vhost")]
    [InlineData("Query:Urls", "http://127.0.0.1:8080;http://[::1]:8080", "http://127.0.0.1:8080;http://[::1]:8080")]
    [InlineData("Storage:Folder:Root", "/srv/store", "/srv/store")]
    [InlineData("Storage:S3:SecretKey", "", "")]
    public void What_is_no_secret_stays_readable(string key, string value, string shown) => SettingText.Of(key, value).ShouldBe(shown);

    [Fact]
    public void Values_are_written_alike_everywhere()
    {
        SettingText.Of("a", 100_000).ShouldBe("100000");
        SettingText.Of("a", TimeSpan.FromSeconds(30)).ShouldBe("00:00:30");
        SettingText.Of("a", true).ShouldBe("true");
        SettingText.Of("a", new[] { 1, 8 }).ShouldBe("1, 8");
        SettingText.Of("a", null).ShouldBe("");
    }
}
