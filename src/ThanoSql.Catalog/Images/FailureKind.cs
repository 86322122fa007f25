namespace ThanoSql.Catalog.Images;

/// <summary>Failures by what an operator must do.</summary>
public enum FailureKind
{
    /// <summary>Nothing: it is tried again, later and later.</summary>
    Transient,

    /// <summary>Replace the picture: it is never tried again by itself.</summary>
    Poison,

    /// <summary>Repair the pipeline's table, then retry.</summary>
    Table,

    /// <summary>Nothing, or repair what sends it: a message of a store that could not be read.</summary>
    Event,
}
