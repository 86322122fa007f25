namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>A file that is there while a restore puts things in their places: one that is killed then leaves half an installation.</summary>
internal static class RestoreMark
{
    private const string File = "restore-unfinished";

    public static void Set(string postgreSql, string archive) => System.IO.File.WriteAllText(Path.Combine(postgreSql, File), archive);

    public static void Remove(string postgreSql) => System.IO.File.Delete(Path.Combine(postgreSql, File));

    /// <exception cref="StartException">The mark is there.</exception>
    public static void Refuse(string postgreSql)
    {
        var mark = Path.Combine(postgreSql, File);
        if (System.IO.File.Exists(mark))
        {
            throw new StartException(
                $"A restore into {Path.GetDirectoryName(postgreSql)} was cut off. Do it again: "
                + $"thanosql restore {System.IO.File.ReadAllText(mark)} --overwrite (what was there before lies beside, under names with .old-).");
        }
    }
}
