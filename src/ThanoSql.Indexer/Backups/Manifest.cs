using System.Text.Json;
using System.Text.Json.Serialization;
using ThanoSql.Indexer.EmbeddedPostgreSql;
using ThanoSql.Query;

namespace ThanoSql.Indexer.Backups;

/// <summary>What a backup says of itself, in the first file of its archive.</summary>
internal sealed record Manifest
{
    /// <summary>The file's name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The layout that this release writes, and the newest that it reads.</summary>
    public const int CurrentFormat = 1;

    // Snake case, as everywhere else
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip, // of a release after this one, in the same format
    };

    public required int Format { get; init; }

    /// <summary>The release that wrote it.</summary>
    public required string Release { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The home folder that it is of.</summary>
    public required string Home { get; init; }

    /// <summary>PostgreSQL's, of which the first number counts.</summary>
    [JsonPropertyName("postgresql")]
    public required string PostgreSql { get; init; }

    /// <summary>The numbers of the migrations that the database has seen.</summary>
    public required IReadOnlyList<int> Migrations { get; init; }

    /// <summary>Of the files, unpacked; about, since the server went on while they were copied.</summary>
    public required long Bytes { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="StartException">It is none.</exception>
    public static Manifest Read(Stream file)
    {
        try
        {
            return JsonSerializer.Deserialize<Manifest>(file, Json) ?? throw new JsonException("It is empty.");
        }
        catch (JsonException broken)
        {
            throw new StartException($"The backup's {FileName} cannot be read: {broken.Message}");
        }
    }

    /// <exception cref="StartException">This release cannot bring the backup back; the message says which can.</exception>
    /// <exception cref="CatalogException">A newer release made it.</exception>
    public void RefuseUnlessReadable()
    {
        if (Format is < 1 or > CurrentFormat)
        {
            throw new StartException(
                $"The backup has format {Format}, this release ({Product.Version}) reads {CurrentFormat}: restore it with {Release}.");
        }
        if (Major(PostgreSql) != Major(Binaries.Version))
        {
            throw new StartException(
                $"The backup is of PostgreSQL {Major(PostgreSql)}, this release brings {Major(Binaries.Version)}: restore it with {Release}.");
        }
        Migrator.RefuseFuture(Migrations);
    }

    private static string Major(string version) => version.Split('.')[0];
}
