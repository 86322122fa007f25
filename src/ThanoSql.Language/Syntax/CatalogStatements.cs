namespace ThanoSql.Language.Syntax;

/// <summary><c>LIST TABLE | MODEL | THANOSQL MODEL | THANOSQL DATASET | THANOSQL TUTORIAL</c></summary>
public sealed record ListStatement(TextSpan Span, ListKind Kind, OptionList Options) : Statement(Span, Options)
{
    public override string Verb => "LIST";

    public override bool IsNestable => true;
}

/// <summary>What LIST lists.</summary>
public enum ListKind
{
    Tables,

    /// <summary>The user's models.</summary>
    Models,

    /// <summary>Prebuilt models; also spelt <c>LIST THANOSQL_MODEL</c>.</summary>
    PrebuiltModels,
    Datasets,
    Tutorials,
}

/// <summary><c>GET THANOSQL DATASET dataset [OPTIONS (…)]</c></summary>
public sealed record GetDatasetStatement(TextSpan Span, Name Dataset, OptionList Options) : Statement(Span, Options)
{
    public override string Verb => "GET THANOSQL DATASET";
}

/// <summary><c>GET THANOSQL MODEL model [OPTIONS (…)] [AS new_name]</c>; later texts say <c>OPTIONS (model_name = …)</c>.</summary>
/// <param name="NewName">The name behind AS, or null.</param>
public sealed record GetModelStatement(TextSpan Span, Name Model, OptionList Options, Name? NewName) : Statement(Span, Options)
{
    public override string Verb => "GET THANOSQL MODEL";
}
