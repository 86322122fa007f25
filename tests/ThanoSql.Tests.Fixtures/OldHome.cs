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

    private readonly int _more;
    private SmallDisk? _disk; // under many pictures

    private OldHome(int more) => _more = more;

    public string Folder => Path.Combine(_root, "home");

    /// <summary>The folder of the pipelines' files, which lie beside a home.</summary>
    public string Pipelines => Path.Combine(_root, "pipelines");

    /// <param name="more">How many further pictures the shop has, as years of work leave them: indexed, every tenth a pear.</param>
    /// <exception cref="InvalidOperationException">A migration was edited, or a program failed.</exception>
    public static async Task<OldHome> CreateAsync(int more = 0)
    {
        var home = new OldHome(more);
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
        if (_disk is not null)
            await _disk.DisposeAsync();
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
        var store = Path.Combine(Folder, "store");
        if (_more > 0)
            _disk = await SmallDisk.MountAsync(store, megabytes: 64 + (_more / 200)); // a page for each, and an entry
        Directory.CreateDirectory(Path.Combine(store, ".thanosql-tmp"));
        for (var i = 0; i < Keys.Length; i++)
            await WriteAsync($"home/store/workspace/{Keys[i]}", Keys[i] == Broken ? new byte[200] : Picture.Of(i));
        var pictures = await Task.WhenAll(Keys.Select(SeeAsync));
        await OldDatabase.MakeAsync(Path.Combine(Folder, "postgresql"), pictures, _more == 0 ? [] : await GrowAsync());
    }

    /// <summary>One picture over and over, each file with a few bytes of its own behind the end.</summary>
    private async Task<IReadOnlyList<OldPicture>> GrowAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, "store", "workspace", "products", "more")).FullName;
        var picture = Picture.Of(0);
        Parallel.For(0, _more, i => File.WriteAllBytes(Path.Combine(folder, Name(i)), Content(i)));
        var seen = await Tool.RunAsync("find", folder, "-type", "f", "-printf", "%f %C@ %i %s\n");
        return
        [
            .. from line in seen.Split('\n', StringSplitOptions.RemoveEmptyEntries)
               let parts = line.Split(' ')
               let number = int.Parse(Path.GetFileNameWithoutExtension(parts[0]), CultureInfo.InvariantCulture)
               let seconds = parts[1].Split('.')
               select new OldPicture(
                   $"products/more/{parts[0]}", ETag([seconds[0] + seconds[1][..9], .. parts[2..]]),
                   long.Parse(parts[3], CultureInfo.InvariantCulture), Content(number)),
        ];

        static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"{number:000000}.png");

        byte[] Content(int number) => [.. picture, .. BitConverter.GetBytes(number)];
    }

    private async Task WriteAsync(string name, byte[] content)
    {
        var file = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content);
    }

    private async Task<OldPicture> SeeAsync(string key)
    {
        var file = Path.Combine(Folder, "store", "workspace", key);
        var status = (await Tool.RunAsync("stat", "--format=%.9Z %i %s", file)).Trim().Replace(".", "", StringComparison.Ordinal);
        var numbers = status.Split(' ');
        return new OldPicture(key, ETag(numbers), long.Parse(numbers[2], CultureInfo.InvariantCulture), await File.ReadAllBytesAsync(file));
    }

    // Change time in nanoseconds, inode and size, as hexadecimal numbers.
    private static string ETag(IEnumerable<string> numbers) =>
        string.Join('-', numbers.Select(n => long.Parse(n, CultureInfo.InvariantCulture).ToString("x", CultureInfo.InvariantCulture)));
}

/// <summary>A file of the store, as the catalog knows it.</summary>
internal sealed record OldPicture(string Key, string ETag, long Size, byte[] Content);
