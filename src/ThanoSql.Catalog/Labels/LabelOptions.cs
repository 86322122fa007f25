using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Catalog.Labels;

/// <summary>Section <c>Labels</c>.</summary>
public sealed class LabelOptions
{
    public const string Section = "Labels";

    /// <summary>Which of two people's words is in force when they disagree.</summary>
    [EnumDataType(typeof(Disagreement), ErrorMessage = "Labels:Disagreement is 'latest' or 'admin'.")]
    public Disagreement Disagreement { get; set; } = Disagreement.Latest;
}

/// <summary>How people who disagree about a picture are settled.</summary>
public enum Disagreement
{
    /// <summary>The later word is in force.</summary>
    Latest,

    /// <summary>The first word stays in force until a token of scope admin says what the picture shows.</summary>
    Admin,
}
