using System.ComponentModel.DataAnnotations;
using ThanoSql.Catalog.Models;

namespace ThanoSql.Planning;

/// <summary>Section <c>Query</c>: what planning a statement needs of it.</summary>
public sealed class SqlOptions
{
    /// <summary>What <c>PREDICT … AS SELECT *</c> means when neither the model nor the statement tells: <c>old</c> or <c>new</c>.</summary>
    [EnumDataType(typeof(ModelDialect), ErrorMessage = "Query:Dialect is 'old' or 'new'.")]
    public ModelDialect Dialect { get; set; } = ModelDialect.Old;

    /// <summary>The bucket of paths that name none; <c>Storage:DefaultBucket</c>.</summary>
    [Required]
    public string Workspace { get; set; } = "workspace";
}
