namespace ThanoSql.Query;

/// <summary>The codes of this service's own errors, besides those of the parser, of the planner and PostgreSQL's SQLSTATEs.</summary>
public static class ErrorCodes
{
    public const string Unauthorized = "unauthorized";
    public const string PermissionDenied = "permission_denied";
    public const string BadRequest = "bad_request";
    public const string NotFound = "not_found";
    public const string AlreadyExists = "already_exists";
    public const string TooLarge = "too_large";
    public const string Timeout = "timeout";
    public const string Cancelled = "cancelled";
    public const string Unavailable = "unavailable";
    public const string Internal = "internal";
    public const string BuildFailed = "build_failed";
}
