using NpgsqlTypes;

namespace ThanoSql.Catalog.Images;

/// <summary>Writes results into the rows of images, in the caller's transaction: the owner's, or one that writes a table too.</summary>
public static class ImageLedger
{
    private const string Results = "ROW($3, $4, $5, $6, $7, $8, $9, $10, $11)::thanosql.image_results, $12, $13";

    /// <summary>
    /// Writes the results that still count, and ends their images' leases: of images that this owner holds, unchanged since they were taken. Rows
    /// that somebody else has locked are passed over: they stay pending and come again.
    /// </summary>
    /// <returns>The places of the results that were written; the transaction holds their images until it ends.</returns>
    public static async Task<IReadOnlyList<int>> SettleAsync(
        NpgsqlConnection connection, Guid pass, Guid owner, IReadOnlyList<ImageResult> results, Backoff backoff,
        CancellationToken cancellationToken) =>
        [.. (await Command(connection, $"SELECT thanosql.settle($1, $2, {Results})", pass, owner, results, backoff)
            .ScalarAsync<int[]>(cancellationToken) ?? []).Select(place => place - 1).Order()];

    /// <summary>Writes other results of images that <see cref="SettleAsync"/> wrote in the same transaction: their tables refused the rows.</summary>
    public static Task RefuseAsync(
        NpgsqlConnection connection, Guid pass, IReadOnlyList<ImageResult> results, Backoff backoff, CancellationToken cancellationToken) =>
        Command(connection, $"SELECT thanosql.refuse($1, {Results})", pass, null, results, backoff).RunAsync(cancellationToken);

    private static NpgsqlCommand Command(
        NpgsqlConnection connection, string sql, Guid pass, Guid? owner, IReadOnlyList<ImageResult> results, Backoff backoff)
    {
        var rows = results.Select(Row.Of).ToList();
        var command = connection.Command(sql, pass);
        Add(owner, NpgsqlDbType.Uuid);
        Add(rows.Select(r => r.Image.ImageId).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Add(rows.Select(r => r.Image.Generation).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Add(rows.Select(r => r.Image.Attempts).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer);
        AddTexts(r => r.State.Word());
        AddTexts(r => r.ETag);
        Add(rows.Select(r => r.Size).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        Add(rows.Select(r => r.ContentId).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        AddTexts(r => r.Kind?.Word());
        AddTexts(r => StorableText.Of(r.Reason));
        Add(backoff.First, NpgsqlDbType.Interval);
        Add(backoff.Longest, NpgsqlDbType.Interval);
        return command;

        void Add(object? value, NpgsqlDbType type) =>
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });

        void AddTexts(Func<Row, string?> text) => Add(rows.Select(text).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
    }

    private sealed record Row(ClaimedImage Image, ImageState State)
    {
        public string? ETag { get; private init; }

        public long? Size { get; private init; }

        public long? ContentId { get; private init; }

        public FailureKind? Kind { get; private init; }

        public string? Reason { get; private init; }

        public static Row Of(ImageResult result) => result switch
        {
            ImageResult.Indexed i => new(i.Image, ImageState.Indexed) { ETag = i.ETag, Size = i.Size, ContentId = i.ContentId },
            ImageResult.Gone g => new(g.Image, ImageState.Gone),
            ImageResult.Failed { Kind: FailureKind.Transient } f => new(f.Image, ImageState.Pending) { Kind = f.Kind, Reason = f.Reason },
            ImageResult.Failed f => new(f.Image, ImageState.Failed)
            {
                ETag = f.ETag,
                Size = f.Size,
                ContentId = f.Kind == FailureKind.Table ? f.ContentId : null,
                Kind = f.Kind,
                Reason = f.Reason,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(result), result, "Not a result of an image."),
        };
    }
}

/// <summary>
/// How long a transient failure waits: <paramref name="First"/>, doubled with each attempt up to <paramref name="Longest"/>, shortened at random by
/// up to half.
/// </summary>
public sealed record Backoff(TimeSpan First, TimeSpan Longest);
