using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Planning;

/// <summary>Section <c>Query</c>: what planning a statement needs of it.</summary>
public sealed class SqlOptions
{
    /// <summary>What <c>PREDICT … AS SELECT *</c> means when neither the model nor the statement tells: <c>old</c> or <c>new</c>.</summary>
    [RegularExpression("^(old|new)$", ErrorMessage = "Query:Dialect is 'old' or 'new'.")]
    public string Dialect { get; set; } = "old";

    /// <summary>The bucket of paths that name none; <c>Storage:DefaultBucket</c>.</summary>
    [Required]
    public string Workspace { get; set; } = "workspace";
}
