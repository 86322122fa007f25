using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThanoSql.Indexer.Hosting;
using ThanoSql.Tests.Fixtures;

namespace ThanoSql.Tests.Integration.Program;

/// <summary>TLS without a proxy: Kestrel's own endpoints and certificates, by ordinary configuration.</summary>
public sealed class CertificateTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("thanosql-tls-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_certificate_that_is_replaced_is_shown_without_a_restart()
    {
        Write("first.example");
        var builder = Builder(("Kestrel:Endpoints:Shop:Url", $"https://127.0.0.1:{FreePort()}"));
        await using var app = await ServiceApplication.BuildAsync(builder, Roles.All, Cancel);
        await app.StartAsync(Cancel);
        var address = new Uri(app.Urls.Single());
        (await ShownAsync(address)).ShouldBe("CN=first.example");

        Write("second.example");

        var clock = Stopwatch.StartNew();
        while (await ShownAsync(address) != "CN=second.example")
        {
            clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60));
            await Task.Delay(100, Cancel);
        }
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = IsOurs } });
        using var answer = await client.GetAsync(new Uri(address, "/health/live"), Cancel);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await app.StopAsync(Cancel);
    }

    [Theory]
    [InlineData("Query:Urls", "http://127.0.0.1:0", "both")]
    [InlineData("Kestrel:Endpoints:Shop:Url", "https://shop", "'https://shop'")]
    [InlineData("Kestrel:Endpoints:Shop:Url", null, "has no Url")]
    public async Task What_cannot_be_listened_on_is_told_before_the_start(string setting, string? value, string told)
    {
        Write("first.example");
        var builder = Builder(("Kestrel:Endpoints:Shop:Url", "https://127.0.0.1:0"), (setting, value));

        (await Should.ThrowAsync<StartException>(ServiceApplication.BuildAsync(builder, Roles.All, Cancel))).Message.ShouldContain(told);
    }

    private Microsoft.AspNetCore.Builder.WebApplicationBuilder Builder(params (string Key, string? Value)[] settings)
    {
        var builder = ServiceApplication.Builder();
        builder.Configuration["Database:ConnectionString"] = postgres.ConnectionString;
        builder.Configuration["Storage:Folder:Root"] = Path.Combine(_folder.FullName, "store");
        builder.Configuration["Models:Folder"] = Path.Combine(_folder.FullName, "models");
        builder.Configuration["Models:Download"] = "false";
        builder.Configuration["Indexing:Pipelines"] = _folder.CreateSubdirectory("pipelines").FullName;
        builder.Configuration["Kestrel:Endpoints:Shop:Certificate:Path"] = PathOf("crt");
        builder.Configuration["Kestrel:Endpoints:Shop:Certificate:KeyPath"] = PathOf("key");
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.Logging.OnlyWarnings();
        return builder;
    }

    // As renewing tools do: each file is replaced as a whole
    private void Write(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = TestCertificate.Of(host, key);
        foreach (var (name, text) in new[] { ("key", key.ExportPkcs8PrivateKeyPem()), ("crt", certificate.ExportCertificatePem()) })
        {
            File.WriteAllText(PathOf(name) + ".new", text);
            File.Move(PathOf(name) + ".new", PathOf(name), overwrite: true);
        }
    }

    private static async Task<string?> ShownAsync(Uri address)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, address.Port, Cancel);
            await using var tls = new SslStream(socket.GetStream(), false, IsOurs);
            await tls.AuthenticateAsClientAsync("shop.example");
            return tls.RemoteCertificate!.Subject;
        }
        catch (Exception away) when (away is SocketException or IOException)
        {
            return null; // while the endpoint changes
        }
    }

    private static bool IsOurs(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        shown!.Subject is "CN=first.example" or "CN=second.example";

    private string PathOf(string name) => Path.Combine(_folder.FullName, $"shop.{name}");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
