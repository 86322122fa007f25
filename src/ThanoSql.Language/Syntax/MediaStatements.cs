namespace ThanoSql.Language.Syntax;

/// <summary><c>PRINT IMAGE | AUDIO | VIDEO [OPTIONS (…)] AS source</c>: shows the files that a column names.</summary>
public sealed record PrintStatement(TextSpan Span, MediaKind Kind, OptionList Options, QuerySyntax Source) : SourcedStatement(Span, Options, Source)
{
    public override string Verb => "PRINT";
}

/// <summary><c>FUNCTION module.function [OPTIONS (…)] AS source | FROM 'path'</c></summary>
/// <param name="Source">Null when there is a path.</param>
/// <param name="Path">Null when there is a source.</param>
public sealed record FunctionStatement(TextSpan Span, Name Module, Name Function, OptionList Options, QuerySyntax? Source, StringValue? Path)
    : Statement(Span, Options)
{
    public override string Verb => "FUNCTION";

    public override bool IsNestable => true;
}

/// <summary><c>PREPROCESS kind USING method [OPTIONS (…)] FROM 'path'</c> (January 2023 only).</summary>
public sealed record PreprocessStatement(TextSpan Span, MediaKind Kind, Name Method, OptionList Options, StringValue Path) : Statement(Span, Options)
{
    public override string Verb => "PREPROCESS";
}
