namespace ThanoSql.Web.Search;

/// <summary>Columns as people call them: those that many tables have; others by their own names.</summary>
internal static class ColumnNames
{
    public static string ColumnName(this PageTexts texts, string column) =>
        texts.Has($"search.column.{column}") ? texts[$"search.column.{column}"] : column;
}
