using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ThanoSql.Catalog;
using ThanoSql.Indexer.Backups;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Indexer.Hosting;

namespace ThanoSql.Tests.Unit.Indexer.Backups;

/// <summary>Archives made by hand, whose seal is right: what a restore does with what is in them.</summary>
public sealed class RestoreTests : IDisposable
{
    private static readonly Manifest Today = new()
    {
        Format = Manifest.CurrentFormat,
        Release = "9.9.9",
        MadeAt = DateTimeOffset.UnixEpoch,
        Home = "/old",
        PostgreSql = Binaries.Version,
        Migrations = [1],
        Bytes = 1,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("thanosql-restore-").FullName;

    private string Home => Path.Combine(_folder, "home");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Parts_come_to_their_places_and_what_was_there_lies_beside()
    {
        await RestoreAsync(
            Today, overwrite: false, Entry("postgresql/data/PG_VERSION", "18"), Entry("postgresql/password", "old"),
            Entry("models/m.1.onnx", "first"));
        await RefusedAsync("is there already", Today, Entry("postgresql/data/PG_VERSION", "18"));

        var restored = await RestoreAsync(
            Today, overwrite: true, Entry("postgresql/data/PG_VERSION", "18"), Entry("postgresql/password", "new"),
            Entry("models/m.1.onnx", "second"));

        (await File.ReadAllTextAsync(Path.Combine(Home, "postgresql", "password"), Cancellation)).ShouldBe("new");
        (await File.ReadAllTextAsync(Path.Combine(Home, "models", "m.1.onnx"), Cancellation)).ShouldBe("second");
        restored.MovedAside.Count.ShouldBe(3);
        var old = restored.MovedAside.Single(path => path.Contains("models.old-", StringComparison.Ordinal));
        (await File.ReadAllTextAsync(Path.Combine(old, "m.1.onnx"), Cancellation)).ShouldBe("first");
        Unfinished().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/evil")]
    [InlineData("store/evil")]
    [InlineData("models/../../evil")]
    [InlineData("models/./evil")]
    [InlineData("models//evil")]
    [InlineData("modelsevil")]
    [InlineData("postgresql/pg_hba.conf")]
    public async Task What_is_no_part_of_an_installation_is_refused_by_name(string name)
    {
        await RefusedAsync($"holds '{name}'", Today, Entry("postgresql/data/PG_VERSION", "18"), Entry(name, "evil"));

        Directory.EnumerateFiles(_folder, "evil", SearchOption.AllDirectories).ShouldBeEmpty();
        Directory.Exists(HomePart.Data.In(Home)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    public async Task A_link_is_refused(TarEntryType type) =>
        await RefusedAsync("holds 'models/x'", Today, new PaxTarEntry(type, "models/x") { LinkName = "/etc/passwd" });

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"format":1,"release":null,"made_at":"2026-11-30T00:00:00Z","home":"/","postgresql":"18","migrations":[],"bytes":1}""")]
    [InlineData("""{"format":1,"release":"1","made_at":"2026-11-30T00:00:00Z","home":"/","postgresql":"18","migrations":null,"bytes":1}""")]
    [InlineData("""{"format":1e99,"release":"1","made_at":"2026-11-30T00:00:00Z","home":"/","postgresql":"18","migrations":[],"bytes":1}""")]
    public async Task A_manifest_that_is_none_is_told(string text) => (await Should.ThrowAsync<StartException>(
        () => RestoreAsync(Encoding.UTF8.GetBytes(text), false))).Message.ShouldContain("manifest.json");

    [Fact]
    public async Task One_without_a_database_is_refused() => await RefusedAsync("holds no database", Today, Entry("models/m.1.onnx", "x"));

    [Theory]
    [InlineData(2, "18.1", "has format 2")]
    [InlineData(0, "18.1", "has format 0")]
    [InlineData(1, "19.0", "is of PostgreSQL 19")]
    [InlineData(1, "17.0", "is of PostgreSQL 17")]
    public async Task One_that_this_release_cannot_bring_back_is_refused_with_the_release_that_can(int format, string server, string words)
    {
        var message = await RefusedAsync(words, Today with { Format = format, PostgreSql = server }, Entry("postgresql/data/PG_VERSION", "18"));

        message.ShouldContain("restore it with 9.9.9");
        Directory.Exists(Home).ShouldBeFalse();
    }

    [Fact]
    public async Task One_of_a_release_that_is_newer_by_more_than_one_migration_is_refused()
    {
        (await Should.ThrowAsync<CatalogException>(
            () => RestoreAsync(Today with { Migrations = [1, 9000, 9001] }, false, Entry("postgresql/data/PG_VERSION", "18"))))
            .Message.ShouldContain("a newer one ran 2 migrations");
        Directory.Exists(Home).ShouldBeFalse();

        await RestoreAsync(Today with { Migrations = [1, 9000] }, false, Entry("postgresql/data/PG_VERSION", "18"));
    }

    [Fact]
    public async Task One_that_needs_more_space_than_there_is_is_refused() =>
        await RefusedAsync("MiB left", Today with { Bytes = long.MaxValue }, Entry("postgresql/data/PG_VERSION", "18"));

    [Fact]
    public async Task A_home_folder_that_is_in_use_is_refused()
    {
        using var held = HomeFolder.Take(Home);

        await RefusedAsync("Another thanosql", Today, Entry("postgresql/data/PG_VERSION", "18"));
    }

    [Fact]
    public void A_start_after_an_exchange_that_was_cut_off_says_what_to_do()
    {
        var server = Directory.CreateDirectory(Path.Combine(Home, "postgresql")).FullName;
        RestoreMark.Refuse(server);
        RestoreMark.Set(server, "/backups/shop.tar.gz");

        Should.Throw<StartException>(() => RestoreMark.Refuse(server)).Message.ShouldContain("thanosql restore /backups/shop.tar.gz --overwrite");
    }

    private static PaxTarEntry Entry(string name, string text) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };

    private async Task<string> RefusedAsync(string words, Manifest manifest, params TarEntry[] entries)
    {
        var message = (await Should.ThrowAsync<StartException>(() => RestoreAsync(manifest, false, entries))).Message;
        message.ShouldContain(words);
        Unfinished().ShouldBeEmpty();
        return message;
    }

    private Task<Restored> RestoreAsync(Manifest manifest, bool overwrite, params TarEntry[] entries) =>
        RestoreAsync(manifest.ToBytes(), overwrite, entries);

    private async Task<Restored> RestoreAsync(byte[] manifest, bool overwrite, params TarEntry[] entries)
    {
        var archive = Path.Combine(_folder, "backup.tar.gz");
        using var bytes = new MemoryStream();
        await using (var tar = new TarWriter(new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)))
        {
            await tar.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, Manifest.FileName) { DataStream = new MemoryStream(manifest) }, Cancellation);
            foreach (var entry in entries)
                await tar.WriteEntryAsync(entry, Cancellation);
        }
        bytes.Write(Seal.Of(SHA256.HashData(bytes.ToArray())));
        await File.WriteAllBytesAsync(archive, bytes.ToArray(), Cancellation);
        return await Restore.RunAsync(archive, Home, overwrite, (_, _) => new Progress<long>(), DateTimeOffset.UnixEpoch, Cancellation);
    }

    private IEnumerable<string> Unfinished() => Directory.EnumerateFileSystemEntries(_folder, "*.new-*", SearchOption.AllDirectories);
}
