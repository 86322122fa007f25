using ThanoSql.Sql.Text;

namespace ThanoSql.Sql;

/// <summary>A request that PostgreSQL can run, on the connection it was planned on: temporary tables of that session may hold parts of it.</summary>
/// <param name="Sql">To be sent as it is.</param>
/// <param name="Messages">For the user: what was skipped, and where to look.</param>
public sealed record PlannedQuery(SqlText Sql, IReadOnlyList<string> Messages);
