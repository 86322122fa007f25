namespace ThanoSql.Catalog.Runs;

/// <summary>How far a training run is; the last five are final.</summary>
public enum RunState
{
    Queued,
    Running,

    /// <summary>The work is done; a new version is in service where the statement makes one.</summary>
    Promoted,

    /// <summary>The gate refused the candidate.</summary>
    Refused,

    /// <summary>There was nothing new to learn.</summary>
    Skipped,
    Failed,
    Cancelled,
}

/// <summary>What asked for a training run.</summary>
public enum RunTrigger
{
    /// <summary>A statement: BUILD, FIT, UPLOAD or DELETE MODEL. Only safety checks, no promotion gate.</summary>
    Statement,

    /// <summary>The pipeline's cron.</summary>
    Schedule,

    /// <summary>The pipeline's <c>after_new_rows</c>.</summary>
    Rows,

    /// <summary><c>thanosql train NAME</c>, or the same over HTTP.</summary>
    Hand,

    /// <summary>Back to an earlier version.</summary>
    Rollback,
}
