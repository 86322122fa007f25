using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ThanoSql.Query.Images;
using ThanoSql.Storage;

namespace ThanoSql.Tests.Unit.Query.Images;

public sealed class ThumbnailFilesTests : IDisposable
{
    private static readonly byte[] Picture = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
    private static readonly Thumbnail Apple = new(new ObjectPath("workspace", "fruit/사과.jpg"), "e1", 240);

    private readonly string _parent = Directory.CreateTempSubdirectory("thanosql-thumbnails-").FullName;
    private readonly Clock _time = new();
    private readonly Said _log = new();

    private string Folder => Path.Combine(_parent, "cache");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void What_is_kept_is_found_by_another_process_and_only_as_what_it_is()
    {
        Create().Keep(Apple, Picture);
        var other = Create();

        other.Find(Apple).ShouldBe(Picture);
        other.Find(Apple with { Width = 480 }).ShouldBeNull();
        other.Find(Apple with { ETag = "e2" }).ShouldBeNull();
        other.Find(Apple with { Path = new ObjectPath("other", Apple.Path.Key) }).ShouldBeNull();
        _log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(5000)]
    [InlineData(5031)]
    public void A_file_that_was_cut_is_no_thumbnail_and_is_made_anew(int length)
    {
        var files = Create();
        files.Keep(Apple, Picture);
        using (var file = File.OpenWrite(Kept().Single()))
            file.SetLength(length);

        files.Find(Apple).ShouldBeNull();
        files.Keep(Apple, Picture);
        files.Find(Apple).ShouldBe(Picture);
    }

    [Fact]
    public void A_file_with_a_wrong_byte_is_no_thumbnail()
    {
        var files = Create();
        files.Keep(Apple, Picture);
        using (var file = File.OpenWrite(Kept().Single()))
        {
            file.Position = 2500;
            file.WriteByte(0x55);
        }

        files.Find(Apple).ShouldBeNull();
    }

    [Fact]
    public void An_overwritten_picture_takes_its_thumbnails_of_before_with_it_in_every_width()
    {
        var files = Create();
        var pear = Apple with { Path = new ObjectPath("workspace", "fruit/pear.jpg") };
        foreach (var thumbnail in new[] { Apple, Apple with { Width = 480 }, pear })
            files.Keep(thumbnail, Picture);

        files.Keep(Apple with { ETag = "e2" }, Picture);

        files.Find(Apple).ShouldBeNull();
        files.Find(Apple with { Width = 480 }).ShouldBeNull();
        files.Find(Apple with { ETag = "e2" }).ShouldBe(Picture);
        files.Find(pear).ShouldBe(Picture);
    }

    [Fact]
    public void A_picture_that_is_forgotten_leaves_nothing_whoever_kept_it()
    {
        Create().Keep(Apple, Picture);
        Create().Keep(Apple with { Width = 480 }, Picture);

        Create().Forget(Apple.Path);

        Kept().ShouldBeEmpty();
    }

    [Fact]
    public void Without_a_folder_nothing_is_kept()
    {
        var files = Create("");
        files.Keep(Apple, Picture);

        files.Find(Apple).ShouldBeNull();
        files.Forget(Apple.Path);
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void A_folder_that_takes_nothing_is_left_alone_for_a_minute_and_the_log_says_so_once()
    {
        File.WriteAllText(Folder, "a file, no folder");
        var files = Create();
        for (var minute = 0; minute < 3; minute++)
        {
            files.Keep(Apple, Picture);
            files.Find(Apple).ShouldBeNull();
            _time.Now += TimeSpan.FromSeconds(61);
        }
        _log.Lines.ShouldHaveSingleItem().ShouldStartWith($"Warning Thumbnails are not kept in {Folder}");

        File.Delete(Folder);
        files.Keep(Apple, Picture);

        files.Find(Apple).ShouldBe(Picture);
        _log.Lines.Last().ShouldBe($"Information Thumbnails are kept in {Folder} again");
    }

    [Fact]
    public void Over_the_limit_those_used_least_lately_go()
    {
        _time.Now -= TimeSpan.FromDays(2); // behind the files' own: what is being written would look left over
        var files = Create();
        var thumbnails = Enumerable.Range(0, 10).Select(i => Apple with { Path = new ObjectPath("workspace", $"{i}.jpg") }).ToList();
        foreach (var thumbnail in thumbnails)
        {
            files.Keep(thumbnail, new byte[99_000]);
            _time.Now += TimeSpan.FromHours(1);
            files.Find(thumbnail).ShouldNotBeNull();
        }
        _time.Now += TimeSpan.FromHours(1);
        files.Find(thumbnails[0]).ShouldNotBeNull();

        new ThumbnailLimit(Folder, 500_000, _time).Trim();

        thumbnails.Where(thumbnail => files.Find(thumbnail) is not null).ShouldBe([thumbnails[0], thumbnails[7], thumbnails[8], thumbnails[9]]);
    }

    [Fact]
    public void What_a_killed_process_left_unfinished_goes_and_nobody_elses_files()
    {
        Create().Keep(Apple, Picture);
        var left = Kept().Single() + ".0123.tmp";
        string[] others = [Path.Combine(Folder, "photo.jpg"), Path.Combine(Folder, "letter.tmp")];
        foreach (var file in others.Append(left))
            File.WriteAllBytes(file, Picture);
        var limit = new ThumbnailLimit(Folder, 100, _time);
        _time.Now = DateTimeOffset.UtcNow;

        limit.Trim();
        File.Exists(left).ShouldBeTrue(); // another process may be at it
        _time.Now += TimeSpan.FromHours(1);
        limit.Trim();

        File.Exists(left).ShouldBeFalse();
        Kept().ShouldBeEmpty();
        others.ShouldAllBe(file => File.Exists(file));
    }

    private ThumbnailFiles Create(string? folder = null) =>
        new(Options.Create(new ImageOptions { ThumbnailFolder = folder ?? Folder, ThumbnailMegabytes = 10 }), _time, _log);

    private string[] Kept() => Directory.GetFiles(Folder, "*.thumbnail", SearchOption.AllDirectories);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.UtcTicks;
    }

    private sealed class Said : ILogger<ThumbnailFiles>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(string.Create(CultureInfo.InvariantCulture, $"{logLevel} {formatter(state, exception)}"));
    }
}
