namespace ThanoSql.Language.Syntax;

/// <summary><c>VERB USING model [OPTIONS (…)] AS source</c>: a model applied to rows.</summary>
public abstract record AppliedStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source) : SourcedStatement(Span, Options, Source)
{
    public override bool IsNestable => true;
}

/// <summary>PREDICT: a label (or value) per row.</summary>
public sealed record PredictStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source) : AppliedStatement(
    Span, Model, Options, Source)
{
    public override string Verb => "PREDICT";
}

/// <summary>EVALUATE: metrics, one per row.</summary>
public sealed record EvaluateStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source) : AppliedStatement(
    Span, Model, Options, Source)
{
    public override string Verb => "EVALUATE";
}

/// <summary>CONVERT: an embedding per row.</summary>
public sealed record ConvertStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source) : AppliedStatement(
    Span, Model, Options, Source)
{
    public override string Verb => "CONVERT";
}

/// <summary>TRANSFORM: the model's pre-processing alone (until November 2022).</summary>
public sealed record TransformStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source) : AppliedStatement(
    Span, Model, Options, Source)
{
    public override string Verb => "TRANSFORM";
}

/// <summary>GENERATE: a text per row (v1.5).</summary>
public sealed record GenerateStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source) : AppliedStatement(
    Span, Model, Options, Source)
{
    public override string Verb => "GENERATE";
}
