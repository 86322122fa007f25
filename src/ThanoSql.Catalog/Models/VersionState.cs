namespace ThanoSql.Catalog.Models;

/// <summary>Where a model version stands in its life.</summary>
public enum VersionState
{
    /// <summary>Trained, its artifact and checks in the making. Left over by a killed trainer it is removed.</summary>
    Building,

    /// <summary>Good enough, being keyed and switched in: whoever writes keywords writes this version's too.</summary>
    Candidate,

    /// <summary>The one that answers.</summary>
    Current,

    /// <summary>Was current until a newer one came.</summary>
    Retired,

    /// <summary>Refused by the gate, or taken back by a rollback.</summary>
    Rejected,

    /// <summary>Its artifact or its switch failed.</summary>
    Failed,
}
