namespace ThanoSql.Language.Syntax;

/// <summary><c>SEARCH kind [key = value] [USING model] [OPTIONS (…)] AS source</c></summary>
/// <param name="Input">The <c>key = value</c> before USING, where texts until January 2023 (and the short form of keyword search) say what to look
/// for.</param>
/// <param name="Model">Null when there is no USING.</param>
public sealed record SearchStatement(TextSpan Span, MediaKind Kind, Option? Input, Name? Model, OptionList Options, QuerySyntax Source)
    : SourcedStatement(Span, Options, Source)
{
    public override string Verb => "SEARCH";

    public override bool IsNestable => true;
}
