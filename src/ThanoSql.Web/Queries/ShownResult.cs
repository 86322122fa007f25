using System.Text;
using ThanoSql.Query.Images;
using ThanoSql.Query.Statements;

namespace ThanoSql.Web.Queries;

/// <summary>What came of a statement, with links to the pictures that its rows name.</summary>
public sealed class ShownResult
{
    private readonly PageLinks _small;
    private readonly PageLinks _large;

    /// <param name="of">What came of it.</param>
    /// <param name="small">Links of thumbnails.</param>
    /// <param name="large">Links of pictures to look at.</param>
    internal ShownResult(ConsoleResult of, PageLinks small, PageLinks large) => (Of, _small, _large) = (of, small, large);

    internal ConsoleResult Of { get; }

    /// <returns>Null for what names no picture.</returns>
    internal string? Thumbnail(string path) => Link(_small, path);

    /// <inheritdoc cref="Thumbnail"/>
    internal string? Picture(string path) => Link(_large, path);

    private static string? Link(PageLinks links, string path) =>
        Encoding.ASCII.GetString(links.Of(Encoding.UTF8.GetBytes(path))) is { Length: > 0 } link ? link : null;
}
