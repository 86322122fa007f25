using System.Runtime.InteropServices;

namespace ThanoSql.Vision.Inference;

/// <summary>
/// The C library's heap. Sessions are made and freed on many threads; each thread's arena keeps what it frees, so that a process would grow with
/// every trunk.
/// </summary>
internal static partial class NativeHeap
{
    /// <summary>Gives free pages back to the system; where the C library is not glibc, nothing happens.</summary>
    public static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl gives memory back by itself
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
