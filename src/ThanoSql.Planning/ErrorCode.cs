using ThanoSql.Vision.Imaging;

namespace ThanoSql.Planning;

/// <summary>What went wrong, as programs are told: a stable name, and the HTTP status that goes with it (docs/http.md has the table).</summary>
public sealed record ErrorCode
{
    private static readonly Dictionary<string, ErrorCode> Named = [];

    public static readonly ErrorCode BadRequest = Define("bad_request", 400);

    /// <summary>The catalog refuses what was asked.</summary>
    public static readonly ErrorCode Catalog = Define("catalog", 400);

    /// <summary>The source has no column of that name.</summary>
    public static readonly ErrorCode UnknownColumn = Define("unknown_column", 400);

    /// <summary>The model has no such label.</summary>
    public static readonly ErrorCode UnknownKeyword = Define("unknown_keyword", 400);

    /// <summary>The result column has the name of an input column, or the source has two columns of one name.</summary>
    public static readonly ErrorCode ColumnExists = Define("column_exists", 400);

    /// <summary>The source uses columns of the query around it.</summary>
    public static readonly ErrorCode CorrelatedSource = Define("correlated_source", 400);

    /// <summary>The source gave nothing to work on.</summary>
    public static readonly ErrorCode EmptySource = Define("empty_source", 400);

    public static readonly ErrorCode UnknownVersion = Define("unknown_version", 400);
    public static readonly ErrorCode UnknownAlgorithm = Define("unknown_algorithm", 400);
    public static readonly ErrorCode OptionOutOfRange = Define("option_out_of_range", 400);
    public static readonly ErrorCode TooFewLabels = Define("too_few_labels", 400);
    public static readonly ErrorCode SingleImageLabel = Define("single_image_label", 400);

    /// <summary>The model labels nothing (SimCLR), and the statement or its pipeline needs labels.</summary>
    public static readonly ErrorCode NoLabels = Define("no_labels", 400);

    public static readonly ErrorCode LabelsDiffer = Define("labels_differ", 400);
    public static readonly ErrorCode MissingImages = Define("missing_images", 400);

    /// <summary>A column that should hold embeddings holds something else, or those of another model.</summary>
    public static readonly ErrorCode UnusableVector = Define("unusable_vector", 400);

    public static readonly ErrorCode UnusableModel = Define("unusable_model", 400);
    public static readonly ErrorCode NothingToRollBack = Define("nothing_to_roll_back", 400);

    /// <summary>A statement took more of the server than one may: memory, temporary tables.</summary>
    public static readonly ErrorCode ResourceLimit = Define("resource_limit", 400);

    /// <summary>A run ended without a version in service and names no other code: the gate refused, or there was nothing to learn.</summary>
    public static readonly ErrorCode BuildFailed = Define("build_failed", 400);

    public static readonly ErrorCode Cancelled = Define("cancelled", 400);
    public static readonly ErrorCode Unauthorized = Define("unauthorized", 401);
    public static readonly ErrorCode PermissionDenied = Define("permission_denied", 403);

    /// <summary>The object store answered, and refused: asking again changes nothing.</summary>
    public static readonly ErrorCode StoreRefused = Define("store_refused", 403);

    public static readonly ErrorCode NotFound = Define("not_found", 404);

    /// <summary>No model of that name, or none with a finished version.</summary>
    public static readonly ErrorCode UnknownModel = Define("unknown_model", 404);

    public static readonly ErrorCode UnknownDataset = Define("unknown_dataset", 404);
    public static readonly ErrorCode BucketNotFound = Define("bucket_not_found", 404);
    public static readonly ErrorCode AlreadyExists = Define("already_exists", 409);
    public static readonly ErrorCode ModelExists = Define("model_exists", 409);
    public static readonly ErrorCode DatasetExists = Define("dataset_exists", 409);

    /// <summary>It was to be new (<c>If-None-Match: *</c>), and is there already.</summary>
    public static readonly ErrorCode PreconditionFailed = Define("precondition_failed", 412);

    public static readonly ErrorCode TooLarge = Define("too_large", 413);

    /// <summary>The token asks for more at once than it may: ask again in a moment.</summary>
    public static readonly ErrorCode TooManyRequests = Define("too_many_requests", 429);

    /// <summary>The token asks more often than it may.</summary>
    public static readonly ErrorCode RateLimited = Define("rate_limited", 429);

    /// <summary>The dialect has it, this engine does not.</summary>
    public static readonly ErrorCode NotSupported = Define("not_supported", 422);

    /// <summary>An address sent too many tokens that are wrong.</summary>
    public static readonly ErrorCode TooManyLogins = Define("too_many_logins", 429);

    /// <summary>A mistake of ours.</summary>
    public static readonly ErrorCode Internal = Define("internal", 500);

    /// <summary>Trainers died over a run.</summary>
    public static readonly ErrorCode Crash = Define("crash", 500);

    /// <summary>All tokens together ask for more at once than the server takes: ask again in a moment.</summary>
    public static readonly ErrorCode Busy = Define("busy", 503);

    public static readonly ErrorCode Unavailable = Define("unavailable", 503);
    /// <summary>This service ends. A training run that it followed goes on without it: do not ask for another.</summary>
    public static readonly ErrorCode Stopping = Define("stopping", 503);

    public static readonly ErrorCode StoreUnavailable = Define("store_unavailable", 503);
    public static readonly ErrorCode DatasetUnavailable = Define("dataset_unavailable", 503);

    /// <summary>Weights are not installed, or cannot be used.</summary>
    public static readonly ErrorCode TrunkNotAvailable = Define("trunk_not_available", 503);

    public static readonly ErrorCode Timeout = Define("timeout", 504);

    /// <summary>
    /// SQLSTATE of <c>thanosql.unanswered</c>: an image has no answer yet, and the plan looks answers up as it goes. To be planned anew with rows
    /// that are kept.
    /// </summary>
    public const string UnansweredState = "TQ001";

    private ErrorCode(string name, int status) => (Name, Status) = (name, status);

    /// <summary>Our own codes; besides them there are the parser's, those of rejected images, and PostgreSQL's SQLSTATEs.</summary>
    public static IReadOnlyCollection<ErrorCode> All => Named.Values;

    public string Name { get; }

    /// <summary>400 to 599.</summary>
    public int Status { get; }

    /// <param name="state">Five characters: classes 08 connection, 53 resources, 57 intervention, 58 and XX are the server's own fault.</param>
    public static ErrorCode OfSqlState(string state) => new(state, state switch
    {
        PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ReadOnlySqlTransaction => 403, // tokens that only read
        PostgresErrorCodes.UndefinedTable => 404,
        PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.UniqueViolation => 409,
        PostgresErrorCodes.ProtocolViolation => 400, // a statement with $1: requests bind no parameters
        PostgresErrorCodes.ConfigurationLimitExceeded => 400, // temp_file_limit: the statement's own
        _ => state[..2] is "08" or "53" or "57" or "58" or "XX" ? 503 : 400,
    });

    /// <summary>One of the parser's.</summary>
    public static ErrorCode OfSyntax(string name) => new(name, 400);

    public static ErrorCode Of(ImageRejection reason) => new(reason.Code(), reason == ImageRejection.TooManyPixels ? 413 : 415);

    /// <summary>As the catalog keeps it of a run that failed; <c>internal_error</c> is an older trainer's word.</summary>
    public static ErrorCode Parse(string name) => name == "internal_error"
        ? Internal
        : Named.GetValueOrDefault(name) ?? (IsSqlState(name) ? OfSqlState(name) : OfSyntax(name));

    /// <summary>When to ask again, for answers that say so: 429 and most of 503.</summary>
    public TimeSpan? RetryAfter => Status switch
    {
        429 => TimeSpan.FromSeconds(1),
        503 when Name != Stopping.Name => TimeSpan.FromSeconds(2),
        _ => null,
    };

    public override string ToString() => Name;

    private static bool IsSqlState(string name) => name.Length == 5 && name.All(c => char.IsAsciiDigit(c) || char.IsAsciiLetterUpper(c));

    private static ErrorCode Define(string name, int status)
    {
        var code = new ErrorCode(name, status);
        Named.Add(name, code);
        return code;
    }
}
