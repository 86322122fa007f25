namespace ThanoSql.Language.Options;

/// <summary>What COPY does with a table that is there already.</summary>
public enum IfExists
{
    Fail,
    Replace,
    Append,
}
