namespace ThanoSql.Vision.Hosting;

/// <summary>
/// The system calls that a process has left which runs a network of others: memory, threads, clocks, and the pipes that are open. Everything else is
/// refused with EPERM. A program for the kernel's classic BPF machine (seccomp(2), linux/seccomp.h), numbers of x86-64.
/// </summary>
internal static class SeccompFilter
{
    private const uint Architecture = 0xC000003E;
    private const uint OtherAbi = 0x40000000;

    private const uint Allow = 0x7FFF0000, Kill = 0x80000000, Error = 0x00050000;
    private const uint NoSuchCall = 38;

    private const ushort Load = 0x20, Equal = 0x15, Least = 0x35, AnyBit = 0x45, Return = 0x06;
    private const uint NumberAt = 0, ArchitectureAt = 4, FirstArgumentAt = 16;

    private const int Clone = 56, ProcessControl = 157, SetAffinity = 203, SignalThread = 234, Clone3 = 435;
    private const uint CloneThread = 0x10000, SetThreadName = 15;

    private static readonly int[] Allowed =
    [
        0, 1, 3, 5, 7, 8, // read, write, close, fstat, poll, lseek
        9, 10, 11, 12, 13, 14, 15, // mmap, mprotect, munmap, brk, rt_sigaction, rt_sigprocmask, rt_sigreturn
        17, 19, 20, 24, 25, 27, 28, // pread64, readv, writev, sched_yield, mremap, mincore, madvise
        35, 39, 60, 63, 96, 98, 99, // nanosleep, getpid, exit, uname, gettimeofday, getrusage, sysinfo
        102, 104, 107, 108, 110, 131, // getuid, getgid, geteuid, getegid, getppid, sigaltstack
        143, 145, 146, 147, 293, // sched_getparam, sched_getscheduler, sched_get_priority_max and min, pipe2: .NET begins each thread with these
        149, 150, 186, 201, 202, 204, // mlock, munlock, gettid, time, futex, sched_getaffinity
        218, 228, 229, 230, 231, 271, // set_tid_address, clock_gettime, clock_getres, clock_nanosleep, exit_group, ppoll
        273, 309, 318, 324, 334, // set_robust_list, getcpu, getrandom, membarrier, rseq
    ];

    /// <param name="process">Whose threads may be interrupted: its own, as .NET's collector does.</param>
    /// <returns>Instructions of eight bytes each: code, two jumps, operand.</returns>
    public static ulong[] Program(int process)
    {
        List<ulong> program =
        [
            Instruction(Load, ArchitectureAt), Instruction(Equal, Architecture, 1), Instruction(Return, Kill),
            Instruction(Load, NumberAt), Instruction(Least, OtherAbi, 0, 1), Instruction(Return, Error | Posix.Refused),
        ];
        foreach (var call in Allowed)
            program.AddRange([Instruction(Equal, (uint)call, 0, 1), Instruction(Return, Allow)]);
        // Without the numbers of clone3's arguments, which lie in memory, glibc goes on with clone
        program.AddRange([Instruction(Equal, Clone3, 0, 1), Instruction(Return, Error | NoSuchCall)]);
        program.AddRange(OnlyIf(Clone, AnyBit, CloneThread));
        program.AddRange(OnlyIf(ProcessControl, Equal, SetThreadName));
        program.AddRange(OnlyIf(SignalThread, Equal, (uint)process));
        // Of the calling thread: .NET begins each with it
        program.AddRange(OnlyIf(SetAffinity, Equal, 0));
        program.Add(Instruction(Return, Error | Posix.Refused));
        return [.. program];
    }

    private static ulong[] OnlyIf(int call, ushort test, uint operand) =>
    [
        Instruction(Equal, (uint)call, 0, 4), Instruction(Load, FirstArgumentAt), Instruction(test, operand, 0, 1),
        Instruction(Return, Allow), Instruction(Return, Error | Posix.Refused),
    ];

    private static ulong Instruction(ushort code, uint operand, byte whenTrue = 0, byte whenFalse = 0) =>
        code | ((ulong)whenTrue << 16) | ((ulong)whenFalse << 24) | ((ulong)operand << 32);
}
