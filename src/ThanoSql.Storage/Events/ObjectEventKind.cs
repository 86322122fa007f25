namespace ThanoSql.Storage.Events;

public enum ObjectEventKind
{
    /// <summary>Written, overwritten, copied or completed from parts.</summary>
    Put,

    /// <summary>Removed, or hidden behind a delete marker.</summary>
    Delete,
}
