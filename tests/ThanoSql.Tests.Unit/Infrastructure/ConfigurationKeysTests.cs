using ThanoSql.Embedding;
using ThanoSql.Planning;
using ThanoSql.Query.Images;
using ThanoSql.Storage.S3;
using ThanoSql.Tests.Unit.Architecture;
using ThanoSql.Vision.Inference;
using ThanoSql.Worker;

namespace ThanoSql.Tests.Unit.Infrastructure;

public sealed class ConfigurationKeysTests
{
    private static readonly Dictionary<string, Type> Sections = new()
    {
        [IndexingOptions.Section] = typeof(IndexingOptions),
        [ModelOptions.Section] = typeof(ModelOptions),
        [VisionOptions.Section] = typeof(VisionOptions),
        ["Query"] = typeof(SqlOptions),
        [ImageOptions.Section] = typeof(ImageOptions),
        ["Storage:S3"] = typeof(S3StoreOptions),
    };

    private static readonly string Source = string.Concat(SourceFiles.Of("src/ThanoSql.Indexer").Select(File.ReadAllText));

    [Fact]
    public void The_keys_of_a_deployment_are_keys_that_the_program_reads()
    {
        ConfigurationKeys.Deployment.Length.ShouldBeGreaterThan(10);
        ConfigurationKeys.Deployment.Where(key => !IsRead(key.Replace("__", ":"))).ShouldBeEmpty();
    }

    private static bool IsRead(string key)
    {
        var end = key.LastIndexOf(':');
        return Source.Contains($"\"{key}\"", StringComparison.Ordinal)
            || (Sections.TryGetValue(key[..end], out var options) && options.GetProperty(key[(end + 1)..]) is not null);
    }
}
