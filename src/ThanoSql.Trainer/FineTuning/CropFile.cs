using Microsoft.Win32.SafeHandles;

namespace ThanoSql.Trainer.FineTuning;

/// <summary>
/// Decoded squares of one size in a temporary file, so that no photograph is decoded twice and memory stays free. The file goes with it.
/// </summary>
internal sealed class CropFile(string path, int side) : IDisposable
{
    private readonly SafeFileHandle _file =
        File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);

    private int Length => 3 * side * side;

    /// <param name="crop">[3, side, side].</param>
    public void Write(int index, byte[] crop) => RandomAccess.Write(_file, crop, (long)index * Length);

    public byte[] Read(int index)
    {
        var crop = new byte[Length];
        for (var read = 0; read < crop.Length;)
        {
            var more = RandomAccess.Read(_file, crop.AsSpan(read), ((long)index * Length) + read);
            if (more == 0)
                throw new IOException("The file of decoded images ends too soon: is the disk full?");
            read += more;
        }
        return crop;
    }

    public void Dispose() => _file.Dispose();
}
