namespace ThanoSql.Planning;

/// <summary>The codes of <see cref="QueryException"/> besides PostgreSQL's own: stable names for programs.</summary>
public static class QueryErrorCodes
{
    /// <summary>No model of that name, or none with a finished version.</summary>
    public const string UnknownModel = "unknown_model";

    /// <summary>The source has no column of that name.</summary>
    public const string UnknownColumn = "unknown_column";

    /// <summary>The model has no such label.</summary>
    public const string UnknownKeyword = "unknown_keyword";

    /// <summary>The result column has the name of an input column, or the source has two columns of one name.</summary>
    public const string ColumnExists = "column_exists";

    /// <summary>The source uses columns of the query around it.</summary>
    public const string CorrelatedSource = "correlated_source";

    /// <summary>The dialect has it, this engine does not.</summary>
    public const string NotSupported = "not_supported";

    /// <summary>
    /// An image has no answer yet, and the plan looks answers up as it goes: to be planned anew with rows that are kept. The SQLSTATE of
    /// <c>thanosql.unanswered</c>.
    /// </summary>
    public const string Unanswered = "TQ001";

    /// <summary>The source gave nothing to work on.</summary>
    public const string EmptySource = "empty_source";
}
