using System.Text;
using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Live;
using ThanoSql.Query.Images;
using ThanoSql.Storage;

namespace ThanoSql.Web.Pipelines;

/// <summary>Failures of one kind.</summary>
/// <param name="Count">All of them.</param>
/// <param name="Items">The newest.</param>
public sealed record FailureGroup(FailureKind Kind, long Count, IReadOnlyList<ShownFailure> Items);

/// <summary>A failure as the page shows it.</summary>
/// <param name="Bucket">With <paramref name="Key"/>; null for a message that could not be read.</param>
/// <param name="Path">As people write it.</param>
/// <param name="Code">Stable name of the reason, such as <c>truncated</c>; empty where it has none.</param>
/// <param name="Detail">What was said of it, in the service's own words.</param>
/// <param name="Thumbnail">A signed link; null where there is no picture to show.</param>
public sealed record ShownFailure(
    string? Bucket, string? Key, string Path, FailureKind Kind, string Code, string Detail, int Attempts, DateTime? At, DateTime? NextAttempt,
    string? Thumbnail);

/// <summary>Reads the newest failures of each kind, with thumbnails of those that are pictures.</summary>
internal sealed class FailureReader(FailureLedger ledger, ImageLinks links, IOptions<SqlOptions> sql)
{
    /// <summary>Of a kind.</summary>
    public const int Most = 50;

    private const int Width = 88; // twice as large as shown
    private const int LongestCode = 24;

    private static readonly FailureKind[] Kinds = [FailureKind.Poison, FailureKind.Table, FailureKind.Event, FailureKind.Transient];

    /// <param name="counts">Kinds without a failure are not asked for.</param>
    /// <param name="caller">Whom the thumbnails are for.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<IReadOnlyList<FailureGroup>> ListAsync(FailureCounts counts, Caller caller, CancellationToken cancellationToken)
    {
        var groups = new List<FailureGroup>();
        var thumbnails = await links.ForAsync(Width, caller, cancellationToken);
        foreach (var kind in Kinds.Where(kind => counts.Of(kind) > 0))
        {
            var failures = await ledger.ListAsync(kind, Most, cancellationToken);
            groups.Add(new FailureGroup(kind, counts.Of(kind), failures.ConvertAll(failure => Show(failure, thumbnails))));
        }
        return groups;
    }

    private ShownFailure Show(Failure failure, PageLinks thumbnails)
    {
        var reason = failure.Reason ?? "";
        var code = reason.IndexOf(": ", StringComparison.Ordinal) is var end and > 0 and < LongestCode ? reason[..end] : "";
        var detail = code.Length == 0 ? reason : reason[(code.Length + 2)..];
        var picture = failure is { Bucket: { } bucket, Path: { } key } ? new ObjectPath(bucket, key) : null;
        return new ShownFailure(
            failure.Bucket, failure.Path, picture is null ? "" : StorePath.Format(picture, sql.Value.Workspace), failure.Kind, code, detail,
            failure.Attempts, failure.LastTime, failure.NextAttempt,
            picture is not null && IsPicture(failure.Kind, code) ? Encoding.UTF8.GetString(thumbnails.Of(picture)) : null);
    }

    // Whatever else was refused has no thumbnail, and what processes died over must not be looked at here
    private static bool IsPicture(FailureKind kind, string code) =>
        kind == FailureKind.Table || (kind, code) is (FailureKind.Poison, "no_answer") or (FailureKind.Transient, "table" or "catalog");
}
