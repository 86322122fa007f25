namespace ThanoSql.Catalog.Roles;

/// <summary>Whose rights a user's SQL runs with.</summary>
public enum SqlScope
{
    /// <summary>Reads the tables of schema public and the views of schema thanosql.</summary>
    Query,

    /// <summary>Also writes schema public: rows, and tables and views of its own.</summary>
    Write,
}
