using ThanoSql.Catalog.Examinations;
using ThanoSql.Embedding;
using ThanoSql.Vision.Trunks;

namespace ThanoSql.Indexer.Doctor.Checks;

/// <summary>Each model has a version in service, and its head and trunk load: here, unless a running service says that it has loaded them.</summary>
internal sealed class ModelCheck(Patient patient) : DatabaseQuestion(patient)
{
    private const string OfService = "model"; // its check at /health/ready

    public override string Name => "models";

    protected override async Task<Finding> AskAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var models = await new CatalogExamination(database).ModelsAsync(cancellationToken);
        if (models.Count == 0)
            return Finding.Ok("no model is built yet");
        var findings = models.Where(m => m.VersionId is null).Select(m => Finding.Warning(
            $"model {m.Name} has no version in service", $"Build it again (BUILD MODEL {m.Name} …), or delete it.")).ToList();
        var served = models.Where(m => m.VersionId is not null).ToList();
        var services = await Patient.ServicesAsync().WaitAsync(cancellationToken);
        if (services.FirstOrDefault(s => s.Checks.GetValueOrDefault(OfService) == "ok") is { } loaded)
            findings.Add(Finding.Ok($"{loaded.Address} has loaded {Names(served)}"));
        else
            findings.AddRange(await LoadAsync(database, served, cancellationToken));
        return Finding.Worst(findings);
    }

    private async Task<IEnumerable<Finding>> LoadAsync(NpgsqlDataSource database, List<ServedModel> served, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddConfiguration(Patient.Configuration)
            .AddInMemoryCollection([new($"{ModelOptions.Section}:{nameof(ModelOptions.Download)}", "false")]).Build();
        var services = new ServiceCollection().AddSingleton(database).AddSingleton<IConfiguration>(configuration).AddLogging()
            .AddCatalog(configuration).AddEmbedding(configuration);
        await using var provider = services.BuildServiceProvider();
        var (spaces, heads) = (provider.GetRequiredService<EmbeddingSpaces>(), provider.GetRequiredService<HeadCache>());
        var findings = new List<Finding>();
        foreach (var model in served)
        {
            try
            {
                await heads.GetAsync(model.VersionId!.Value, cancellationToken);
                await spaces.OpenAsync(model.TrunkId!.Value, cancellationToken);
            }
            catch (Exception broken) when (broken is TrunkException or CatalogException or FormatException or InvalidDataException or IOException)
            {
                findings.Add(Finding.Failed(
                    $"version {model.Number} of model {model.Name} does not load here: {broken.Message}",
                    "Restore the files of Models:Folder, or build the model again."));
            }
        }
        return findings.Count > 0 ? findings : [Finding.Ok($"{Names(served)} load")];
    }

    private static string Names(List<ServedModel> served) => string.Join(", ", served.Select(m => $"{m.Name} {m.Number}"));
}
