namespace ThanoSql.Catalog.Tables;

/// <summary>A table's own code, or whoever holds it, keeps rows from being written: those who want this table wait, others go on.</summary>
public sealed class TableTroubleException(string message, Exception? inner = null) : Exception(message, inner);
