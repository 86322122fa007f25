using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Tokens;
using ThanoSql.Query.Access;
using ThanoSql.Query.Images;
using ThanoSql.Storage;
using ThanoSql.Tests.Fixtures;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Tests.Integration.Query.Pictures;

/// <summary>A thumbnail is made once, whoever asks for it, and as often as the service starts.</summary>
public sealed class ThumbnailTests(PictureHost host) : IClassFixture<PictureHost>, IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("thanosql-thumbnails-").FullName;

    private string Folder => Path.Combine(_parent, "cache");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public async Task Asked_for_fifty_times_at_once_it_is_made_once()
    {
        await host.PutAsync("shop/often.png", TestPictures.NoisePng(600, 400));
        await using var service = await StartAsync();
        using var from = new Counts(service);

        var shown = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => ShowAsync(service, "shop/often.png")));

        shown.ShouldAllBe(picture => picture.SequenceEqual(shown[0]));
        from["made"].ShouldBe(1);
    }

    [Fact]
    public async Task The_next_start_shows_what_was_made_before_and_an_overwritten_picture_anew()
    {
        await host.PutAsync("shop/again.png", TestPictures.GradientPng(300, 200));
        byte[] first;
        await using (var service = await StartAsync())
            first = await ShowAsync(service, "shop/again.png");

        await using var restarted = await StartAsync();
        using var from = new Counts(restarted);
        (await ShowAsync(restarted, "shop/again.png")).ShouldBe(first);
        (await ShowAsync(restarted, "shop/again.png")).ShouldBe(first);
        (from["made"], from["disk"], from["memory"]).ShouldBe((0, 1, 1));

        await host.PutAsync("shop/again.png", TestPictures.NoisePng(300, 200));
        (await ShowAsync(restarted, "shop/again.png")).ShouldNotBe(first);
        from["made"].ShouldBe(1);
        Kept().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_indexing_refuses_is_not_shown_either()
    {
        await host.PutAsync("shop/large.png", TestPictures.NoisePng(100, 100));
        await using var service = await StartAsync();
        var stored = await host.Store.StatAsync(new ObjectPath(host.Bucket, "shop/large.png"), TestContext.Current.CancellationToken);
        using var strict = ActivatorUtilities.CreateInstance<Thumbnails>(
            service.Services, Options.Create(new VisionOptions { PixelLimit = 9_999 }));

        var refused = await Should.ThrowAsync<ImageRejectedException>(
            () => strict.GetAsync(stored!, 240, TestContext.Current.CancellationToken));

        refused.Code.ShouldBe("too_many_pixels");
    }

    [Fact]
    public async Task Two_services_share_a_folder()
    {
        await host.PutAsync("shop/shared.png", TestPictures.GradientPng(300, 200));
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        using var from = new Counts(other);

        (await ShowAsync(one, "shop/shared.png")).ShouldBe(await ShowAsync(other, "shop/shared.png"));

        Kept().ShouldHaveSingleItem();
        (from["made"], from["disk"]).ShouldBe((0, 1));
    }

    [Fact]
    public async Task A_spoilt_file_is_made_anew()
    {
        await host.PutAsync("shop/spoilt.png", TestPictures.GradientPng(300, 200));
        byte[] first;
        await using (var service = await StartAsync())
            first = await ShowAsync(service, "shop/spoilt.png");
        await File.WriteAllBytesAsync(Kept().Single(), first.AsMemory(..100), TestContext.Current.CancellationToken);

        await using var restarted = await StartAsync();
        using var from = new Counts(restarted);
        (await ShowAsync(restarted, "shop/spoilt.png")).ShouldBe(first);

        from["made"].ShouldBe(1);
        (await File.ReadAllBytesAsync(Kept().Single(), TestContext.Current.CancellationToken))[..first.Length].ShouldBe(first);
    }

    [Fact]
    public async Task A_picture_that_is_deleted_takes_its_thumbnails_with_it()
    {
        await host.PutAsync("shop/bye.png", TestPictures.GradientPng(300, 200));
        await using var service = await StartAsync();
        await ShowAsync(service, "shop/bye.png");
        await ShowAsync(service, "shop/bye.png", width: 100);
        Kept().Length.ShouldBe(2);

        using var client = host.Client(TokenScope.Write);
        client.BaseAddress = new Uri(service.Urls.Single());
        using var reply = await client.DeleteAsync(new Uri("/api/v1/images/shop/bye.png", UriKind.Relative), TestContext.Current.CancellationToken);

        ((int)reply.StatusCode).ShouldBe(204);
        Kept().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_folder_stays_below_its_limit()
    {
        await using var service = await StartAsync(("Query:Images:ThumbnailMegabytes", "1"));
        for (var i = 0; i < 24; i++)
        {
            await host.PutAsync($"shop/many-{i}.png", TestPictures.NoisePng(400, 300, seed: i));
            await ShowAsync(service, $"shop/many-{i}.png", width: 400);
        }

        var deadline = DateTime.UtcNow.AddSeconds(60); // it is gone through in the background
        while (Bytes() > 1_000_000 && DateTime.UtcNow < deadline)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Bytes().ShouldBeInRange(1, 1_000_000);
    }

    [Fact]
    public async Task A_full_disk_costs_the_cache_and_nothing_else()
    {
        await host.PutAsync("shop/full.png", TestPictures.NoisePng(400, 300));
        await using var disk = await SmallDisk.MountAsync(Folder, megabytes: 1);
        disk.Fill();
        await using var service = await StartAsync();
        using var from = new Counts(service);

        (await ShowAsync(service, "shop/full.png", width: 400)).ShouldNotBeEmpty();
        (await ShowAsync(service, "shop/full.png", width: 400)).ShouldNotBeEmpty();

        (from["made"], from["memory"]).ShouldBe((1, 1));
        Kept().ShouldBeEmpty();
    }

    private Task<WebApplication> StartAsync(params (string Key, string Value)[] settings) =>
        host.StartAsync([("Query:Images:ThumbnailFolder", Folder), .. settings]);

    private string[] Kept() => Directory.GetFiles(Folder, "*.thumbnail", SearchOption.AllDirectories);

    private long Bytes() =>
        new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => file.Exists).Sum(file => file.Length);

    private async Task<byte[]> ShowAsync(WebApplication service, string key, int width = 240)
    {
        var caller = new Caller(await host.TokenAsync(TokenScope.Search), service.Urls.Single());
        var path = new ObjectPath(host.Bucket, key);
        var (url, _) = await service.Services.GetRequiredService<ImageLinks>().CreateAsync(path, width, caller, CancellationToken.None);
        using var anybody = new HttpClient();
        return await anybody.GetByteArrayAsync(new Uri(url));
    }

    /// <summary>What a service's own counter says, by where thumbnails came from.</summary>
    private sealed class Counts : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, long> _counts = [];

        public Counts(WebApplication service)
        {
            var scope = service.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "thanosql.query.thumbnails" && instrument.Meter.Scope == scope)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>(
                (_, value, tags, _) => _counts.AddOrUpdate((string)tags[0].Value!, value, (_, before) => before + value));
            _listener.Start();
        }

        public long this[string from] => _counts.GetValueOrDefault(from);

        public void Dispose() => _listener.Dispose();
    }
}
