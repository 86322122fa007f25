namespace ThanoSql.Catalog;

/// <summary>The catalog cannot do what was asked; the message says what to do.</summary>
public sealed class CatalogException(string message, Exception? inner = null) : Exception(message, inner);
