namespace ThanoSql.Language.Syntax;

/// <summary><c>COPY table [OPTIONS (…)] FROM 'path'</c>, or FROM a string of JSON records.</summary>
public sealed record CopyStatement(TextSpan Span, TableName Table, OptionList Options, CopySource Source) : Statement(Span, Options)
{
    public override string Verb => "COPY";
}

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
    TextSpan Span, TableName Table, Name Model, OptionList Options, StringValue? Folder, QuerySyntax? Source) : Statement(Span, Options)
{
    public override string Verb => "CREATE TABLE USING";
}
