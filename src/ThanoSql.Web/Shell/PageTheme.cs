namespace ThanoSql.Web.Shell;

/// <summary>How the open page is coloured.</summary>
public sealed class PageTheme
{
    /// <summary><c>light</c> or <c>dark</c>; null: as the system has it.</summary>
    public string? Theme { get; set; }
}
