using System.Globalization;

namespace ThanoSql.Tests.Fixtures;

/// <summary>
/// A home folder as the program of commit a90aaa8 laid it down, used and stopped: a table that a pipeline fills (<c>products</c>), one to whose rows
/// a pipeline attaches keywords (<c>gallery</c>), pictures in every state, a model of two versions, labels, failures, tokens and training runs.
/// </summary>
/// <remarks>
/// Written by hand after a home that that program had filled over HTTP, until the two had the same owners, roles, grants, columns, indexes,
/// functions, settings and files. It stands for the homes that are out there, so it is never brought up to date, and nothing of today's program
/// makes it, but for the SQL of the migrations, which is checked, and PostgreSQL's binaries, which lie under the name that they had.
/// Unlike there: <c>models/*.onnx</c> hold no model (one weighs 13 MB), all pictures have the same embedding, and the secrets stand here.
/// </remarks>
public sealed class OldHome : IAsyncDisposable
{
    /// <summary>With every right.</summary>
    public const string OwnerToken = "tsql_the-owner-of-an-old-home";

    /// <summary>For searches.</summary>
    public const string ShopToken = "tsql_the-shop-of-an-old-home";

    /// <summary>Revoked.</summary>
    public const string LostToken = "tsql_lost-in-an-old-home";

    private const string Broken = "products/broken.png"; // no picture

    private static readonly string[] Keys =
    [
        "photographs/apple-1.png", "photographs/apple-2.png", "photographs/pear-1.png", "photographs/pear-2.png",
        "products/apple.png", "products/pear-1.png", "products/pear-2.png", "products/pending.png", Broken,
        "gallery/apple.png", "gallery/pear.png",
    ];

    // Below /var/tmp: PostgreSQL's ordinary user must be able to enter it.
    private readonly string _root = Path.Combine("/var/tmp", $"thanosql-old-home-{Guid.NewGuid():N}");

    private OldHome()
    {
    }

    public string Folder => Path.Combine(_root, "home");

    /// <summary>The folder of the pipelines' files, which lie beside a home.</summary>
    public string Pipelines => Path.Combine(_root, "pipelines");

    /// <exception cref="InvalidOperationException">A migration was edited, or a program failed.</exception>
    public static async Task<OldHome> CreateAsync()
    {
        var home = new OldHome();
        try
        {
            await home.MakeAsync();
            return home;
        }
        catch
        {
            await home.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ThanoSqlProcess.StopDatabaseAsync(Folder);
        if (Directory.Exists(_root))
            Directory.Delete(_root, recursive: true);
    }

    private async Task MakeAsync()
    {
        await WriteAsync("pipelines/shop.yaml", OldHomeFiles.Bytes("shop.yaml"));
        await WriteAsync("pipelines/gallery.yaml", OldHomeFiles.Bytes("gallery.yaml"));
        await WriteAsync("home/lock", []);
        await WriteAsync("home/pid", "4711"u8.ToArray());
        foreach (var version in new[] { 1, 2 })
            await WriteAsync($"home/models/fruit.{version}.onnx", "No model."u8.ToArray());
        Directory.CreateDirectory(Path.Combine(Folder, "store", ".thanosql-tmp"));
        for (var i = 0; i < Keys.Length; i++)
            await WriteAsync($"home/store/workspace/{Keys[i]}", Keys[i] == Broken ? new byte[200] : Picture.Of(i));
        await OldDatabase.MakeAsync(Path.Combine(Folder, "postgresql"), await Task.WhenAll(Keys.Select(SeeAsync)));
    }

    private async Task WriteAsync(string name, byte[] content)
    {
        var file = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content);
    }

    // An etag: change time in nanoseconds, inode and size, as hexadecimal numbers.
    private async Task<OldPicture> SeeAsync(string key)
    {
        var file = Path.Combine(Folder, "store", "workspace", key);
        var status = (await Tool.RunAsync("stat", "--format=%.9Z %i %s", file)).Trim().Replace(".", "", StringComparison.Ordinal);
        var numbers = status.Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToList();
        return new OldPicture(key, string.Join('-', numbers.Select(n => $"{n:x}")), numbers[2], await File.ReadAllBytesAsync(file));
    }
}

/// <summary>A file of the store, as the catalog knows it.</summary>
internal sealed record OldPicture(string Key, string ETag, long Size, byte[] Content);
