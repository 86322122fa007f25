namespace ThanoSql.Language.Syntax;

/// <summary>A statement that PostgreSQL does not know.</summary>
public abstract record Statement(TextSpan Span, OptionList Options)
{
    /// <summary>The words that open it, in upper case, for messages: <c>BUILD MODEL</c>.</summary>
    public abstract string Verb { get; }

    /// <summary>Whether it gives rows that an outer query can use; else it may only be a request of its own.</summary>
    public virtual bool IsNestable => false;
}

/// <summary>A statement that reads the rows of a query: the text behind AS.</summary>
public abstract record SourcedStatement(TextSpan Span, OptionList Options, QuerySyntax Source) : Statement(Span, Options);

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
