namespace ThanoSql.Indexer.EmbeddedPostgreSql;

/// <summary>
/// What the embedded server writes down, and for how long. A statement that fails is its sender's affair and is told to them; written down, 30 MB of
/// it would be 30 MB of log each time, with whatever secrets it holds. So the log has starts, stops, crashes and refused logins alone.
/// </summary>
internal static class ServerLog
{
    /// <summary>Of the newest files; older ones are removed.</summary>
    private const int FilesKept = 5;

    // Before the collector of logs runs, and from releases that had no collector.
    private const string StartFile = "log";
    private const string Folder = "logs";
    private const long LargestStartFile = 1_000_000;

    private static readonly TimeSpan TidyEvery = TimeSpan.FromMinutes(1);

    /// <summary>
    /// For <c>pg_ctl -o</c>. Users may set none of it (PostgreSQL lets superusers only), but for what goes with an error's own line, which is off.
    /// </summary>
    public const string Options =
        "-c logging_collector=on -c log_directory=../logs -c log_filename=server-%Y%m%d-%H%M%S.log -c log_file_mode=0600"
        + " -c log_rotation_size=10MB -c log_rotation_age=1d"
        + " -c log_min_messages=log -c log_min_error_statement=panic -c log_statement=none -c log_error_verbosity=terse"
        + " -c log_parameter_max_length=0 -c log_parameter_max_length_on_error=0 -c log_min_duration_statement=-1";

    /// <param name="postgreSql">The folder that holds the server's data.</param>
    /// <returns>Where <c>pg_ctl -l</c> writes; a large one of earlier releases is gone.</returns>
    public static string Prepare(string postgreSql)
    {
        Tidy(postgreSql);
        var start = new FileInfo(Path.Combine(postgreSql, StartFile));
        if (start is { Exists: true, Length: > LargestStartFile })
            start.Delete();
        return start.FullName;
    }

    /// <summary>The last lines of all that was written, for whom the server does not start.</summary>
    public static string End(string postgreSql)
    {
        string[] files = [Path.Combine(postgreSql, StartFile), .. Newest(postgreSql).Take(1).Select(file => file.FullName)];
        return string.Join('\n', files.Where(File.Exists).SelectMany(file => File.ReadLines(file).Where(IsReason).TakeLast(5)));
    }

    // Clients that knock while it starts would be all that is seen.
    private static bool IsReason(string line) => !line.Contains("the database system is ", StringComparison.Ordinal);

    /// <summary>Keeps the total small for as long as the server is in use: five files of 10 MB or a day each.</summary>
    public static ITimer KeepSmall(string postgreSql, TimeProvider time) => time.CreateTimer(_ => Tidy(postgreSql), null, TidyEvery, TidyEvery);

    private static void Tidy(string postgreSql)
    {
        foreach (var old in Newest(postgreSql).Skip(FilesKept))
            old.Delete();
    }

    private static IEnumerable<FileInfo> Newest(string postgreSql)
    {
        var folder = new DirectoryInfo(Path.Combine(postgreSql, Folder));
        return folder.Exists ? folder.EnumerateFiles("server-*.log").OrderByDescending(file => file.Name, StringComparer.Ordinal) : [];
    }
}
