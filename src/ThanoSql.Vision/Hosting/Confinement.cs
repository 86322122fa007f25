namespace ThanoSql.Vision.Hosting;

/// <summary>
/// What a process gives up, for good and on all its threads, before it loads a model or a picture of others. No privilege is needed for any of
/// it. What counts is tried afterwards, not assumed.
/// </summary>
internal static unsafe class Confinement
{
    private const int SetParentDeathSignal = 1, SetNoNewPrivileges = 38, KillSignal = 9;
    private const int FileSize = 1, CoreSize = 4, AddressSpace = 9;
    private const int Seccomp = 317, SetFilter = 1, AllThreads = 1;
    private const int Socket = 41, Fork = 57, Kill = 62, Trace = 101, Exit = 231;

    private const int PrivateAnonymous = 0x22, NoReserve = 0x4000;

    /// <summary>Ends this process with its parent, or with the thread of it that started this one: see <see cref="ProcessStarter"/>.</summary>
    public static void EndWithParent(int parent)
    {
        if (Posix.ProcessControl(SetParentDeathSignal, KillSignal, 0, 0, 0) != 0 || Posix.ParentId() != parent)
            Environment.Exit(1);
    }

    /// <summary>Takes the rights away.</summary>
    /// <param name="megabytes">Memory that is left, beyond what is taken now.</param>
    /// <param name="withoutSeccomp">For tests: as on a machine without seccomp.</param>
    /// <returns>Why it is not confined after all; null when it is.</returns>
    public static string? Enter(int megabytes, bool withoutSeccomp)
    {
        CloseWhatIsOpen();
        var most = Size() + ((long)megabytes << 20);
        Limit(AddressSpace, (ulong)most);
        Limit(FileSize, 0);
        Limit(CoreSize, 0);
        var reason = withoutSeccomp ? "it was told to go without seccomp" : Filter();
        var holes = Holes(megabytes);
        return holes.Count == 0 ? null : $"{string.Join(", ", holes)} still work{(reason is null ? "" : $": {reason}")}";
    }

    private static string? Filter()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return $"the filter is written for x86-64, and this is {RuntimeInformation.ProcessArchitecture}";
        if (Posix.ProcessControl(SetNoNewPrivileges, 1, 0, 0, 0) != 0)
            return $"PR_SET_NO_NEW_PRIVS failed with error {Marshal.GetLastPInvokeError()}";
        var program = SeccompFilter.Program(Environment.ProcessId);
        fixed (ulong* instructions = program)
        {
            var whole = stackalloc nint[2] { program.Length, (nint)instructions };
            return Posix.Call(Seccomp, SetFilter, AllThreads, (nint)whole) == 0 ? null : $"seccomp failed with error {Marshal.GetLastPInvokeError()}";
        }
    }

    /// <summary>Tries what must not work any more.</summary>
    private static List<string> Holes(int megabytes)
    {
        List<string> holes = [];
        // Nothing in these may end or change this process when it works
        Try("open", () => Posix.Open("/etc/passwd", 0));
        Try("socket", () => Posix.Call(Socket, 2, 1));
        Try("fork", () => Posix.Call(Fork) is var child && child == 0 ? Posix.Call(Exit) : child);
        Try("ptrace", () => Posix.Call(Trace, 2, Posix.ParentId()) is var peeked && Marshal.GetLastPInvokeError() == Posix.Refused ? -1 : 0);
        Try("kill", () => Posix.Call(Kill, Posix.ParentId()));
        Try("memory", () => Posix.Map(0, checked((nint)Math.Max(megabytes + 256L, 3072) << 20), 3, PrivateAnonymous | NoReserve, -1, 0));
        return holes;

        void Try(string name, Func<nint> attempt)
        {
            if (attempt() >= 0)
                holes.Add(name);
        }
    }

    private static void Limit(int resource, ulong most)
    {
        var both = stackalloc ulong[2] { most, most };
        if (Posix.Limit(resource, both) != 0)
            throw new InvalidOperationException($"setrlimit failed with error {Marshal.GetLastPInvokeError()}.");
    }

    private static long Size() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[0], CultureInfo.InvariantCulture) * Environment.SystemPageSize;

    private static bool IsOutside(string target) => target.StartsWith("socket:", StringComparison.Ordinal)
        || (target[0] == '/' && !target.StartsWith("/dev/", StringComparison.Ordinal));

    // Sockets and files that a library of the parent left open to its children
    private static void CloseWhatIsOpen()
    {
        foreach (var link in new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().ToList())
        {
            var number = int.Parse(link.Name, CultureInfo.InvariantCulture);
            if (number > 2 && link.LinkTarget is { } target && IsOutside(target))
                _ = Posix.Close(number);
        }
    }
}
