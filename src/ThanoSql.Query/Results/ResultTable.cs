namespace ThanoSql.Query.Results;

/// <summary>The rows of a statement. Cells are the texts that PostgreSQL writes for their types; null is NULL.</summary>
public sealed record ResultTable(IReadOnlyList<ResultColumn> Columns, IReadOnlyList<string?[]> Rows, ResultCut Cut = ResultCut.None);

/// <summary>A column of a result.</summary>
/// <param name="Name">As the statement names it; names may repeat.</param>
/// <param name="TypeId">PostgreSQL's type number (pg_type.oid).</param>
/// <param name="TypeName">For people: <c>integer</c>, <c>text[]</c>.</param>
public sealed record ResultColumn(string Name, uint TypeId, string TypeName);

/// <summary>Why a result is not whole.</summary>
public enum ResultCut
{
    None,
    Rows,
    Bytes,
}
