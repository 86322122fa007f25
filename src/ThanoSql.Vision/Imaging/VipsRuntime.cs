using System.Reflection;
using System.Runtime.InteropServices;

namespace ThanoSql.Vision.Imaging;

/// <summary>Loads libvips once and closes every door that is not used.</summary>
internal static partial class VipsRuntime
{
    private static readonly Lazy<bool> Started = new(Start);

    /// <exception cref="DllNotFoundException">libvips is not there; the message says where it is looked for.</exception>
    public static void EnsureStarted() => _ = Started.Value;

    /// <summary>What libvips last complained about, in one line; empty when it said nothing.</summary>
    public static unsafe string TakeError()
    {
        byte* text = VipsNative.ErrorBufferCopy();
        try
        {
            var message = Marshal.PtrToStringUTF8((nint)text) ?? "";
            return string.Join("; ", message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(2));
        }
        finally
        {
            VipsNative.Free(text);
        }
    }

    private static bool Start()
    {
        NativeLibrary.SetDllImportResolver(typeof(VipsRuntime).Assembly, Resolve);
        // Must reach the native environment: a damaged PNG otherwise writes hundreds of thousands of lines to stderr.
        _ = SetNativeEnvironment("VIPS_WARNING", "0", 1);
        if (VipsNative.Init("thanosql") != 0)
            throw new InvalidOperationException($"libvips does not start: {TakeError()}");
        VipsNative.ConcurrencySet(1);
        VipsNative.CacheSetMax(0);
        AllowOnlyOurFormats();
        return true;
    }

    private static void AllowOnlyOurFormats()
    {
        VipsNative.OperationBlockSet("VipsForeignLoad", 1);
        foreach (var loader in (ReadOnlySpan<string>)["VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadWebp"])
            VipsNative.OperationBlockSet(loader, 0);
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path)
    {
        if (library != VipsNative.Library)
            return 0;
        var folder = AppContext.BaseDirectory;
        string[] candidates = [Path.Combine(folder, "runtimes/linux-x64/native/libvips.so"), Path.Combine(folder, "libvips.so"), "libvips.so.42"];
        foreach (var candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out var handle))
                return handle;
        }
        throw new DllNotFoundException($"libvips is in none of {string.Join(", ", candidates)}. Build again, or install Debian's libvips42.");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeEnvironment(string name, string value, int overwrite);
}
