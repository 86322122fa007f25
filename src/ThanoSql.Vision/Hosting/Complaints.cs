namespace ThanoSql.Vision.Hosting;

/// <summary>What a process writes to stderr: all of it is read, so that it never waits, and little is kept.</summary>
internal sealed class Complaints
{
    private const int Most = 1000;

    private readonly Task _reading;
    private string _last = "";

    public Complaints(StreamReader stderr) => _reading = Task.Run(() => ReadAsync(stderr));

    /// <summary>Waits for the end of the process.</summary>
    /// <returns>For a message about it: its last words behind a colon, or nothing.</returns>
    public string ReadToEnd()
    {
        _reading.GetAwaiter().GetResult();
        var text = _last.Trim();
        return text.Length == 0 ? "" : $": {text}";
    }

    private async Task ReadAsync(StreamReader stderr)
    {
        var buffer = new char[512];
        try
        {
            int count;
            while ((count = await stderr.ReadAsync(buffer)) > 0)
            {
                var all = _last + new string(buffer, 0, count);
                _last = all.Length > Most ? all[^Most..] : all;
            }
        }
        catch (IOException)
        {
            // As its end
        }
    }
}
