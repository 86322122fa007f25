namespace ThanoSql.Catalog.Models;

/// <summary>
/// The generation of the dialect in which a model was built: a PREDICT without OPTIONS is spelt alike in both and answers with different columns.
/// </summary>
public enum ModelDialect
{
    /// <summary>Until November 2022 (<c>epochs</c>): PREDICT gives the image column and <c>predicted</c>.</summary>
    Old,

    /// <summary>Later (<c>max_epochs</c>): PREDICT gives all columns and <c>predict_result</c>.</summary>
    New,
}
