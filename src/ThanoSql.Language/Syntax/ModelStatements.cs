namespace ThanoSql.Language.Syntax;

/// <summary><c>BUILD MODEL model USING algorithm [OPTIONS (…)] AS source</c></summary>
public sealed record BuildModelStatement(TextSpan Span, Name Model, Name Algorithm, OptionList Options, QuerySyntax Source)
    : SourcedStatement(Span, Options, Source)
{
    public override string Verb => "BUILD MODEL";
}

/// <summary><c>FIT MODEL model USING base [OPTIONS (…)] AS source</c>: trains on from a model or a prebuilt one.</summary>
public sealed record FitModelStatement(TextSpan Span, Name Model, Name BaseModel, OptionList Options, QuerySyntax Source)
    : SourcedStatement(Span, Options, Source)
{
    public override string Verb => "FIT MODEL";
}

/// <summary><c>UPLOAD MODEL model [OPTIONS (…)] FROM 'path'</c></summary>
public sealed record UploadModelStatement(TextSpan Span, Name Model, OptionList Options, StringValue Path) : Statement(Span, Options)
{
    public override string Verb => "UPLOAD MODEL";
}

/// <summary><c>DELETE MODEL model</c></summary>
public sealed record DeleteModelStatement(TextSpan Span, Name Model, OptionList Options) : Statement(Span, Options)
{
    public override string Verb => "DELETE MODEL";
}
