namespace ThanoSql.Language.Syntax;

/// <summary>A statement that PostgreSQL does not know.</summary>
/// <param name="Verb">The words that open it, in upper case, for messages: <c>BUILD MODEL</c>.</param>
public abstract record Statement(string Verb, TextSpan Span, OptionList Options)
{
    /// <summary>Whether it gives rows that an outer query can use; else it may only be a request of its own.</summary>
    public virtual bool IsNestable => false;

    /// <summary>The query behind AS; null when there is none.</summary>
    internal virtual QuerySyntax? SourceQuery => null;
}

/// <summary>A statement that reads the rows of a query: the text behind AS.</summary>
public abstract record SourcedStatement(string Verb, TextSpan Span, OptionList Options, QuerySyntax Source) : Statement(Verb, Span, Options)
{
    internal override QuerySyntax? SourceQuery => Source;
}

/// <summary>What a statement looks at: the word behind SEARCH, PRINT and PREPROCESS.</summary>
public enum MediaKind
{
    Image,
    Audio,
    Video,
    Text,

    /// <summary>SEARCH KEYWORD: keywords out of texts.</summary>
    Keyword,
}

/// <summary><c>BUILD MODEL model USING algorithm [OPTIONS (…)] AS source</c></summary>
public sealed record BuildModelStatement(TextSpan Span, Name Model, Name Algorithm, OptionList Options, QuerySyntax Source)
    : SourcedStatement("BUILD MODEL", Span, Options, Source);

/// <summary><c>FIT MODEL model USING base [OPTIONS (…)] AS source</c>: trains on from a model or a prebuilt one.</summary>
public sealed record FitModelStatement(TextSpan Span, Name Model, Name BaseModel, OptionList Options, QuerySyntax Source)
    : SourcedStatement("FIT MODEL", Span, Options, Source);

/// <summary><c>UPLOAD MODEL model [OPTIONS (…)] FROM 'path'</c></summary>
public sealed record UploadModelStatement(TextSpan Span, Name Model, OptionList Options, StringValue Path) : Statement("UPLOAD MODEL", Span, Options);

/// <summary><c>DELETE MODEL model</c></summary>
public sealed record DeleteModelStatement(TextSpan Span, Name Model, OptionList Options) : Statement("DELETE MODEL", Span, Options);

/// <summary><c>VERB USING model [OPTIONS (…)] AS source</c>: a model applied to rows.</summary>
public abstract record AppliedStatement(string Verb, TextSpan Span, Name Model, OptionList Options, QuerySyntax Source)
    : SourcedStatement(Verb, Span, Options, Source)
{
    public override bool IsNestable => true;
}

/// <summary>PREDICT: a label (or value) per row.</summary>
public sealed record PredictStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source)
    : AppliedStatement("PREDICT", Span, Model, Options, Source);

/// <summary>EVALUATE: metrics, one per row.</summary>
public sealed record EvaluateStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source)
    : AppliedStatement("EVALUATE", Span, Model, Options, Source);

/// <summary>CONVERT: an embedding per row.</summary>
public sealed record ConvertStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source)
    : AppliedStatement("CONVERT", Span, Model, Options, Source);

/// <summary>TRANSFORM: the model's pre-processing alone (until November 2022).</summary>
public sealed record TransformStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source)
    : AppliedStatement("TRANSFORM", Span, Model, Options, Source);

/// <summary>GENERATE: a text per row (v1.5).</summary>
public sealed record GenerateStatement(TextSpan Span, Name Model, OptionList Options, QuerySyntax Source)
    : AppliedStatement("GENERATE", Span, Model, Options, Source);

/// <summary><c>SEARCH kind [key = value] [USING model] [OPTIONS (…)] AS source</c></summary>
/// <param name="Input">The <c>key = value</c> before USING, where texts until January 2023 (and the short form of keyword search) say what to look
/// for.</param>
/// <param name="Model">Null when there is no USING.</param>
public sealed record SearchStatement(TextSpan Span, MediaKind Kind, Option? Input, Name? Model, OptionList Options, QuerySyntax Source)
    : SourcedStatement("SEARCH", Span, Options, Source)
{
    public override bool IsNestable => true;
}

/// <summary><c>PRINT IMAGE | AUDIO | VIDEO [OPTIONS (…)] AS source</c>: shows the files that a column names.</summary>
public sealed record PrintStatement(TextSpan Span, MediaKind Kind, OptionList Options, QuerySyntax Source)
    : SourcedStatement("PRINT", Span, Options, Source);

/// <summary><c>FUNCTION module.function [OPTIONS (…)] AS source | FROM 'path'</c></summary>
/// <param name="Source">Null when there is a path.</param>
/// <param name="Path">Null when there is a source.</param>
public sealed record FunctionStatement(TextSpan Span, Name Module, Name Function, OptionList Options, QuerySyntax? Source, StringValue? Path)
    : Statement("FUNCTION", Span, Options)
{
    public override bool IsNestable => true;

    internal override QuerySyntax? SourceQuery => Source;
}

/// <summary><c>PREPROCESS kind USING method [OPTIONS (…)] FROM 'path'</c> (January 2023 only).</summary>
public sealed record PreprocessStatement(TextSpan Span, MediaKind Kind, Name Method, OptionList Options, StringValue Path)
    : Statement("PREPROCESS", Span, Options);

/// <summary><c>COPY table [OPTIONS (…)] FROM 'path'</c>, or FROM a string of JSON records.</summary>
public sealed record CopyStatement(TextSpan Span, TableName Table, OptionList Options, CopySource Source) : Statement("COPY", Span, Options);

/// <summary>Where COPY reads.</summary>
/// <param name="IsRecords">
/// Whether <paramref name="Text"/> is JSON (it starts with <c>[</c> or <c>{</c>; its own backslash escapes are kept) instead of the path of a file or
/// folder.
/// </param>
public sealed record CopySource(string Text, bool IsRecords, TextSpan Span);

/// <summary><c>CREATE TABLE table USING model [OPTIONS (…)] FROM 'folder' | AS source</c> (until 2022).</summary>
/// <param name="Folder">Null when there is a source.</param>
/// <param name="Source">Null when there is a folder.</param>
public sealed record CreateTableUsingStatement(
    TextSpan Span, TableName Table, Name Model, OptionList Options, StringValue? Folder, QuerySyntax? Source)
    : Statement("CREATE TABLE USING", Span, Options)
{
    internal override QuerySyntax? SourceQuery => Source;
}

/// <summary><c>LIST TABLE | MODEL | THANOSQL MODEL | THANOSQL DATASET | THANOSQL TUTORIAL</c></summary>
public sealed record ListStatement(TextSpan Span, ListKind Kind, OptionList Options) : Statement("LIST", Span, Options)
{
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
public sealed record GetDatasetStatement(TextSpan Span, Name Dataset, OptionList Options) : Statement("GET THANOSQL DATASET", Span, Options);

/// <summary><c>GET THANOSQL MODEL model [OPTIONS (…)] [AS new_name]</c>; later texts say <c>OPTIONS (model_name = …)</c>.</summary>
/// <param name="NewName">The name behind AS, or null.</param>
public sealed record GetModelStatement(TextSpan Span, Name Model, OptionList Options, Name? NewName) : Statement("GET THANOSQL MODEL", Span, Options);
