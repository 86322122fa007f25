using ThanoSql.Query.Results;

namespace ThanoSql.Query.Search;

/// <summary>A page of hits.</summary>
/// <param name="Labels">What the asked keywords stand for.</param>
/// <param name="Table">The columns of <see cref="SearchSql"/>.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
internal sealed record SearchPage(
    SearchTarget Target, IReadOnlyList<string> Labels, IReadOnlyList<UnknownKeyword> Unknown, ResultTable Table, string? Next);

/// <summary>An asked keyword that the model has no label for.</summary>
/// <param name="Nearest">The label that was probably meant.</param>
internal sealed record UnknownKeyword(string Keyword, string? Nearest);

/// <summary>A label and how many rows carry it.</summary>
/// <param name="Synonyms">Other words by which it is found.</param>
internal sealed record KeywordCount(string Keyword, long Count, IReadOnlyList<string> Synonyms);
