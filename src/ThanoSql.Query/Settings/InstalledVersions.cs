using System.Runtime.InteropServices;
using Dapper;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Query.Settings;

/// <summary>What runs here: for whoever reports a fault, or wonders whether the card is used.</summary>
/// <param name="Program">Of this product.</param>
/// <param name="Runtime"><c>.NET 10.0.1</c></param>
/// <param name="Provider"><c>CPU</c> or <c>CUDA</c>: where this process looks at pictures.</param>
/// <param name="Database">PostgreSQL's.</param>
/// <param name="Models">In service, by name.</param>
public sealed record InstalledVersions(
    string Program, string Runtime, string Provider, string Database, IReadOnlyList<InstalledModel> Models);

/// <param name="Number">Of the version in service.</param>
public sealed record InstalledModel(string Name, int Number, string Algorithm);

/// <summary>Asks for versions.</summary>
internal sealed class VersionReader(ServiceDatabase service, IEnumerable<InferenceSessionFactory> inference)
{
    public async Task<InstalledVersions> ReadAsync(CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT m.name, v.number, m.algorithm FROM thanosql.model m JOIN thanosql.model_version v ON v.version_id = m.current_version_id
            ORDER BY m.name
            """;
        await using var connection = await service.Source.OpenConnectionAsync(cancellationToken);
        var models = await connection.QueryAsync<InstalledModel>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return new InstalledVersions(
            Product.Version, RuntimeInformation.FrameworkDescription,
            inference.Any(factory => factory.RunsOn == VisionProvider.Cuda) ? "CUDA" : "CPU",
            connection.PostgreSqlVersion.ToString(), [.. models]);
    }
}
