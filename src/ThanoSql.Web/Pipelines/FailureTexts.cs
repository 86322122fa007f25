using ThanoSql.Catalog.Images;

namespace ThanoSql.Web.Pipelines;

/// <summary>What a failure is called, and what to do about it: by kind and reason, else by reason, else by kind.</summary>
internal static class FailureTexts
{
    /// <summary>In two or three words.</summary>
    public static string Name(PageTexts texts, ShownFailure failure) => Find(texts, "name", failure);

    /// <summary>In a sentence or two.</summary>
    public static string Advice(PageTexts texts, ShownFailure failure) => Find(texts, "advice", failure);

    /// <summary>As it stands in the texts' names.</summary>
    public static string Word(FailureKind kind) => kind switch
    {
        FailureKind.Transient => "transient",
        FailureKind.Poison => "poison",
        FailureKind.Table => "table",
        _ => "event",
    };

    private static string Find(PageTexts texts, string what, ShownFailure failure)
    {
        var kind = Word(failure.Kind);
        string[] names = [$"pipelines.{what}.{kind}.{failure.Code}", $"pipelines.{what}.{failure.Code}", $"pipelines.{what}.{kind}"];
        return texts[names.First(name => texts.Has(name) || name == names[^1])];
    }
}
