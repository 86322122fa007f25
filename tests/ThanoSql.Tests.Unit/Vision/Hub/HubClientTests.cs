using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using ThanoSql.Vision.Trunks;
using ThanoSql.Vision.Trunks.Hub;

namespace ThanoSql.Tests.Unit.Vision.Hub;

public sealed class HubClientTests : IDisposable
{
    private const string Name = "ConvNeXt_Test";
    private static readonly byte[] Weights = RandomTrunk.Create(new ConvNeXtVariant("test", [1, 1, 1, 1], [16, 32, 64, 128]), seed: 1);
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Weights));

    private readonly string _folder = Directory.CreateTempSubdirectory("hub-").FullName;

    private string Installed => Path.Combine(_folder, Name + ".safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_pull_installs_the_pinned_file_of_the_pinned_revision()
    {
        await using var server = await HubServer.StartAsync(Weights);
        var seen = new List<HubProgress>();
        var pulled = await Client(server, Sha256).PullAsync("convnext_TEST", _folder, new HubServer.Callback(seen.Add), default);
        pulled.ShouldBe(new PulledTrunk(Name, Installed, Sha256, Weights.Length, ChecksumOrigin.Pinned, AlreadyThere: false));
        (await File.ReadAllBytesAsync(Installed)).ShouldBe(Weights);
        server.Paths.ShouldBe(["/timm/test.in1k/resolve/abc/model.safetensors"]);
        seen[^1].ShouldBe(new HubProgress(Weights.Length, Weights.Length));
        OnlyTheFileIsLeft();
    }

    [Fact]
    public async Task What_is_installed_and_right_is_not_pulled_again()
    {
        await using var server = await HubServer.StartAsync(Weights);
        using var client = Client(server, Sha256);
        await client.PullAsync(Name, _folder, null, default);
        (await client.PullAsync(Name, _folder, null, default)).AlreadyThere.ShouldBeTrue();
        server.Ranges.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_cut_off_download_goes_on_where_it_stopped()
    {
        await using var server = await HubServer.StartAsync(Weights);
        server.Misbehave = (request, context) => request == 1 ? server.CutAsync(context, 70_000) : Task.FromResult(false);
        await Client(server, Sha256).PullAsync(Name, _folder, server.Received, default);
        server.Ranges.ShouldBe(["", "bytes=70000-"]);
        OnlyTheFileIsLeft();
    }

    [Fact]
    public async Task A_later_pull_continues_what_an_earlier_one_left()
    {
        await using var server = await HubServer.StartAsync(Weights);
        server.Misbehave = (request, context) => request == 1 ? server.CutAsync(context, 60_000) : Task.FromResult(false);
        await Should.ThrowAsync<TrunkException>(() => Client(server, Sha256, retries: 0).PullAsync(Name, _folder, server.Received, default));
        File.Exists(Installed).ShouldBeFalse();
        await Client(server, Sha256, retries: 0).PullAsync(Name, _folder, server.Received, default);
        server.Ranges.ShouldBe(["", "bytes=60000-"]);
        OnlyTheFileIsLeft();
    }

    [Fact]
    public async Task A_file_that_changed_in_between_is_taken_from_its_start()
    {
        await using var server = await HubServer.StartAsync(new byte[Weights.Length]);
        server.Misbehave = (request, context) => request == 1 ? server.CutAsync(context, 60_000) : Task.FromResult(false);
        await Should.ThrowAsync<TrunkException>(() => Client(server, Sha256, retries: 0).PullAsync(Name, _folder, server.Received, default));
        (server.Content, server.ETag) = (Weights, "\"two\"");
        (await Client(server, Sha256).PullAsync(Name, _folder, server.Received, default)).Sha256.ShouldBe(Sha256);
        OnlyTheFileIsLeft();
    }

    [Fact]
    public async Task A_stalled_download_is_cut_and_taken_up_again()
    {
        await using var server = await HubServer.StartAsync(Weights);
        server.Misbehave = async (request, context) =>
        {
            if (request > 1)
                return false;
            context.Response.Headers.ETag = server.ETag;
            context.Response.ContentLength = Weights.Length;
            await context.Response.Body.WriteAsync(Weights.AsMemory(0, 50_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        await Client(server, Sha256).PullAsync(Name, _folder, null, default);
        server.Ranges.ShouldBe(["", "bytes=50000-"]);
    }

    [Fact]
    public async Task A_slow_download_arrives()
    {
        await using var server = await HubServer.StartAsync(Weights);
        server.Misbehave = async (_, context) =>
        {
            context.Response.ContentLength = Weights.Length;
            foreach (var piece in Weights.Chunk(40_000))
            {
                await context.Response.Body.WriteAsync(piece);
                await context.Response.Body.FlushAsync();
                await Task.Delay(20);
            }
            return true;
        };
        await Client(server, Sha256).PullAsync(Name, _folder, null, default);
        server.Ranges.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_busy_hub_is_asked_again(int status)
    {
        await using var server = await HubServer.StartAsync(Weights);
        server.Misbehave = (request, context) =>
        {
            if (request > 2)
                return Task.FromResult(false);
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "0";
            return Task.FromResult(true);
        };
        await Client(server, Sha256).PullAsync(Name, _folder, null, default);
        server.Ranges.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_missing_file_is_an_error_at_once()
    {
        await using var server = await HubServer.StartAsync(Weights);
        server.Misbehave = (_, context) =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.FromResult(true);
        };
        var error = await Should.ThrowAsync<TrunkException>(() => Client(server, Sha256).PullAsync(Name, _folder, null, default));
        error.Message.ShouldContain("Models:HubUrl");
        server.Ranges.Count.ShouldBe(1);
        NothingIsLeft();
    }

    [Fact]
    public async Task Wrong_content_is_refused_and_leaves_nothing()
    {
        var other = RandomTrunk.Create(new ConvNeXtVariant("test", [1, 1, 1, 1], [16, 32, 64, 128]), seed: 2);
        await using var server = await HubServer.StartAsync(other);
        var error = await Should.ThrowAsync<TrunkException>(() => Client(server, Sha256).PullAsync(Name, _folder, null, default));
        error.Message.ShouldContain(Sha256);
        NothingIsLeft();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(400)]
    [InlineData(100_000)]
    public async Task A_truncated_file_is_refused_and_leaves_nothing(int bytes)
    {
        await using var server = await HubServer.StartAsync(Weights[..bytes]);
        await Should.ThrowAsync<TrunkException>(() => Client(server, sha256: null).PullAsync(Name, _folder, null, default));
        NothingIsLeft();
    }

    [Fact]
    public async Task A_page_instead_of_weights_is_refused()
    {
        await using var server = await HubServer.StartAsync("<!doctype html><title>Sign in to the network</title>"u8.ToArray());
        await Should.ThrowAsync<TrunkException>(() => Client(server, sha256: null).PullAsync(Name, _folder, null, default));
        NothingIsLeft();
    }

    [Fact]
    public async Task A_length_other_than_the_hub_says_is_refused()
    {
        await using var server = await HubServer.StartAsync(Weights);
        server.Redirects = true;
        server.Misbehave = async (_, context) =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.Body.WriteAsync(Weights.AsMemory(0, 1000));
            return true;
        };
        var error = await Should.ThrowAsync<TrunkException>(() => Client(server, sha256: null).PullAsync(Name, _folder, null, default));
        error.Message.ShouldContain("1000 bytes");
        NothingIsLeft();
    }

    [Fact]
    public async Task Without_a_pin_the_hubs_own_checksum_must_match()
    {
        await using var server = await HubServer.StartAsync(Weights);
        (server.Redirects, server.LinkedEtag) = (true, $"\"{new string('0', 64)}\"");
        var error = await Should.ThrowAsync<TrunkException>(() => Client(server, sha256: null).PullAsync(Name, _folder, null, default));
        error.Message.ShouldContain("the hub names");
        NothingIsLeft();
        server.LinkedEtag = $"\"{Sha256}\"";
        (await Client(server, sha256: null).PullAsync(Name, _folder, null, default)).Checksum.ShouldBe(ChecksumOrigin.Hub);
    }

    [Fact]
    public async Task Without_any_checksum_the_first_pull_decides_for_later_ones()
    {
        await using var server = await HubServer.StartAsync(Weights);
        var first = await Client(server, sha256: null).PullAsync(Name, _folder, null, default);
        first.Checksum.ShouldBe(ChecksumOrigin.FirstUse);
        first.ChecksumNote.ShouldContain("trusted on first use");
        File.Delete(Installed);
        (await Client(server, sha256: null).PullAsync(Name, _folder, null, default)).Checksum.ShouldBe(ChecksumOrigin.Recorded);
        File.Delete(Installed);
        server.Content = RandomTrunk.Create(new ConvNeXtVariant("test", [1, 1, 1, 1], [16, 32, 64, 128]), seed: 2);
        server.ETag = "\"two\"";
        await Should.ThrowAsync<TrunkException>(() => Client(server, sha256: null).PullAsync(Name, _folder, null, default));
        File.Exists(Installed).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_brought_by_hand_passes_the_same_checks()
    {
        await using var server = await HubServer.StartAsync([]);
        var file = Path.Combine(_folder, "brought.bin");
        await File.WriteAllBytesAsync(file, Weights[..^1]);
        await Should.ThrowAsync<TrunkException>(() => Client(server, Sha256).InstallAsync(Name, file, _folder, default));
        await File.WriteAllBytesAsync(file, Weights);
        (await Client(server, Sha256).InstallAsync(Name, file, _folder, default)).Checksum.ShouldBe(ChecksumOrigin.Pinned);
        File.Delete(file);
        OnlyTheFileIsLeft();
    }

    [Fact]
    public async Task Another_variant_than_the_asked_one_is_refused()
    {
        await using var server = await HubServer.StartAsync(Weights);
        var options = Options(server, null, retries: 0);
        options.Sources["ConvNeXt_Pico"] = new("timm/pico");
        using var client = new HubClient(options, NullLogger<HubClient>.Instance);
        (await Should.ThrowAsync<TrunkException>(() => client.PullAsync("ConvNeXt_Pico", _folder, null, default)))
            .Message.ShouldContain("ConvNeXt_Pico");
        NothingIsLeft();
    }

    [Fact]
    public async Task Two_pulls_of_one_name_lock_each_other_out()
    {
        await using var server = await HubServer.StartAsync(Weights);
        var started = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        server.Misbehave = async (_, _) =>
        {
            started.SetResult();
            await go.Task;
            return false;
        };
        var first = Client(server, Sha256).PullAsync(Name, _folder, null, default);
        await started.Task;
        var error = await Should.ThrowAsync<TrunkException>(() => Client(server, Sha256).PullAsync(Name, _folder, null, default));
        error.Message.ShouldContain("Another pull");
        go.SetResult();
        (await first).Sha256.ShouldBe(Sha256);
        OnlyTheFileIsLeft();
    }

    [Fact]
    public async Task An_unknown_name_lists_the_known_ones()
    {
        await using var server = await HubServer.StartAsync(Weights);
        var error = await Should.ThrowAsync<TrunkException>(() => Client(server, Sha256).PullAsync("ResNet", _folder, null, default));
        error.Message.ShouldContain("ConvNeXt_Base");
        error.Message.ShouldContain("Models:Sources");
    }

    private static HubClient Client(HubServer server, string? sha256, int retries = 5) =>
        new(Options(server, sha256, retries), NullLogger<HubClient>.Instance);

    private static HubOptions Options(HubServer server, string? sha256, int retries) => new()
    {
        HubUrl = server.Url,
        Retries = retries,
        RetryDelay = TimeSpan.FromMilliseconds(1),
        StallTimeout = TimeSpan.FromSeconds(2),
        Sources = { [Name] = new PublishedTrunk("timm/test.in1k", "abc", sha256) },
    };

    private void OnlyTheFileIsLeft() =>
        Directory.GetFiles(_folder).Where(f => !f.EndsWith(".sha256", StringComparison.Ordinal)).ShouldBe([Installed]);

    private void NothingIsLeft() => Directory.GetFiles(_folder).ShouldBeEmpty();
}
