using System.Security.Cryptography;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Tests.Unit.Vision.Trunks;

public sealed class TrunkStoreTests : IDisposable
{
    private static readonly byte[] Atto = RandomTrunk.Create(ConvNeXtVariant.Atto, 42);
    private static readonly Dictionary<string, string> Pins = new() { ["ConvNeXt_Atto"] = Convert.ToHexStringLower(SHA256.HashData(Atto)) };

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("thanosql-trunks-");

    private string Installed => Path.Combine(_root.FullName, "installed");
    private string Bundled => Directory.CreateDirectory(Path.Combine(_root.FullName, "bundled")).FullName;

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task Without_any_trained_trunk_a_random_stand_in_says_so()
    {
        var weights = await Find("ConvNeXt_Tiny");
        weights.Origin.ShouldBe(TrunkOrigin.Random);
        weights.Variant.ShouldBe(ConvNeXtVariant.Atto);
        weights.Asked.ShouldBe("ConvNeXt_Tiny");
        weights.Note.ShouldNotBeNull().ShouldContain("random stand-in");
        Path.GetFileName(weights.Path).ShouldContain("random-stand-in");
        SafeTensors.Open(weights.Path).Sha256.ShouldBe(weights.Sha256);
    }

    [Fact]
    public async Task The_bundled_trunk_stands_in_for_one_that_is_not_installed()
    {
        Install(Bundled, "ConvNeXt_Atto", Atto);
        var weights = await Find("ConvNeXt_Tiny");
        weights.Origin.ShouldBe(TrunkOrigin.Bundled);
        weights.Note.ShouldNotBeNull().ShouldContain("bundled ConvNeXt_Atto is used instead");
        (await Find("convnext_atto")).Note.ShouldBeNull();
    }

    [Fact]
    public async Task A_bundled_file_that_was_changed_is_refused()
    {
        Install(Bundled, "ConvNeXt_Atto", RandomTrunk.Create(ConvNeXtVariant.Atto, 43));
        (await Should.ThrowAsync<TrunkException>(() => Find("ConvNeXt_Atto"))).Message.ShouldContain("not the file that this version ships");
    }

    [Fact]
    public async Task Every_bundled_file_is_the_pinned_one()
    {
        var store = new TrunkStore(
            new TrunkStoreOptions { Folder = Installed, BundledFolder = Repository.PathTo("models", "base") }, BundledTrunks.Sha256);
        foreach (var name in BundledTrunks.Sha256.Keys)
            (await store.FindAsync(name, TestContext.Current.CancellationToken)).Origin.ShouldBe(TrunkOrigin.Bundled);
        BundledTrunks.Preprocessing.Keys.ShouldBe(BundledTrunks.Sha256.Keys, ignoreOrder: true);
    }

    [Fact]
    public async Task An_installed_file_goes_before_everything()
    {
        Install(Installed, "ConvNeXt_Atto", RandomTrunk.Create(ConvNeXtVariant.Atto, 43));
        Install(Bundled, "ConvNeXt_Atto", Atto);
        (await Find("ConvNeXt_Atto", (_, _) => throw new InvalidOperationException("no download is needed"))).Origin.ShouldBe(TrunkOrigin.Installed);
    }

    [Fact]
    public async Task A_download_goes_before_the_bundled_file()
    {
        Install(Bundled, "ConvNeXt_Atto", Atto);
        var weights = await Find(
            "ConvNeXt_Pico", (name, _) => Task.FromResult<string?>(Install(Installed, name, RandomTrunk.Create(ConvNeXtVariant.Find(name)!, 1))));
        weights.Origin.ShouldBe(TrunkOrigin.Downloaded);
        weights.Variant.Name.ShouldBe("pico");
    }

    [Fact]
    public async Task A_failed_download_is_the_reason_in_the_note()
    {
        Install(Bundled, "ConvNeXt_Atto", Atto);
        var weights = await Find("ConvNeXt_Tiny", (_, _) => throw new TrunkException("the hub does not answer"));
        weights.Note.ShouldNotBeNull().ShouldContain("the hub does not answer");
    }

    [Fact]
    public async Task Without_fallback_a_missing_trunk_is_an_error_that_says_what_to_do()
    {
        var store = new TrunkStore(new TrunkStoreOptions { Folder = Installed, BundledFolder = Bundled, Fallback = TrunkFallback.None }, Pins);
        var error = await Should.ThrowAsync<TrunkException>(() => store.FindAsync("ConvNeXt_Tiny", TestContext.Current.CancellationToken));
        error.Message.ShouldContain("thanosql trunk pull ConvNeXt_Tiny");
    }

    [Fact]
    public async Task A_file_of_another_variant_is_refused()
    {
        Install(Installed, "ConvNeXt_Tiny", Atto);
        (await Should.ThrowAsync<TrunkException>(() => Find("ConvNeXt_Tiny"))).Message.ShouldContain("holds ConvNeXt_Atto");
    }

    [Fact]
    public async Task A_name_outside_the_table_is_served_by_its_installed_file()
    {
        Install(Installed, "ConvNeXt_Own", RandomTrunk.Create(TestTrunk.Variant, 1));
        var weights = await Find("ConvNeXt_Own");
        weights.Origin.ShouldBe(TrunkOrigin.Installed);
        weights.Variant.Widths.ShouldBe(TestTrunk.Variant.Widths);
    }

    [Theory]
    [InlineData("../ConvNeXt_Atto")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    public async Task A_name_that_is_a_path_is_unknown(string name) =>
        (await Should.ThrowAsync<TrunkException>(() => Find(name))).Message.ShouldContain("no algorithm");

    [Fact]
    public async Task An_unknown_algorithm_is_answered_with_the_known_ones() =>
        (await Should.ThrowAsync<TrunkException>(() => Find("ResNet_50"))).Message.ShouldContain("ConvNeXt_Tiny");

    private Task<TrunkWeights> Find(string algorithm, TrunkDownload? download = null) =>
        new TrunkStore(new TrunkStoreOptions { Folder = Installed, BundledFolder = Bundled }, Pins, download)
            .FindAsync(algorithm, TestContext.Current.CancellationToken);

    private static string Install(string folder, string algorithm, byte[] file)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, algorithm + ".safetensors");
        File.WriteAllBytes(path, file);
        return path;
    }
}
