using Npgsql;
using ThanoSql.Planning;

namespace ThanoSql.Query.Errors;

/// <summary>The HTTP status of an error code.</summary>
internal static class ErrorStatus
{
    public static int Of(string code) => code switch
    {
        ErrorCodes.Unauthorized => 401,
        ErrorCodes.PermissionDenied or PostgresErrorCodes.InsufficientPrivilege => 403,
        ErrorCodes.NotFound or QueryErrorCodes.UnknownModel or "unknown_dataset" or "bucket_not_found" or PostgresErrorCodes.UndefinedTable => 404,
        ErrorCodes.AlreadyExists or "dataset_exists" or "model_exists" or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UniqueViolation =>
            409,
        ErrorCodes.TooLarge => 413,
        QueryErrorCodes.NotSupported => 422,
        ErrorCodes.Timeout => 504,
        ErrorCodes.Unavailable or "dataset_unavailable" or "store_unavailable" => 503,
        ErrorCodes.Internal => 500,
        PostgresErrorCodes.ProtocolViolation => 400, // a statement with $1: requests bind no parameters
        _ => IsServersFault(code) ? 503 : 400,
    };

    // SQLSTATE classes 08 connection, 53 resources, 57 operator intervention, 58 and XX the server itself
    private static bool IsServersFault(string code) => code.Length == 5 && code[..2] is ("08" or "53" or "57" or "58" or "XX");
}
