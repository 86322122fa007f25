using Microsoft.Win32.SafeHandles;
using ThanoSql.Vision.FineTuning;

namespace ThanoSql.Trainer.FineTuning;

/// <summary>Reads labelled contents from the store once and keeps them as crops for training.</summary>
internal sealed class CropReader(NpgsqlDataSource database, IObjectStore store, IOptions<VisionOptions> vision, IOptions<ReadingOptions> reading)
{
    /// <param name="contents">Those whose object is gone meanwhile are left out.</param>
    /// <param name="file">Takes the crops.</param>
    /// <param name="side">Of a crop in pixels.</param>
    /// <param name="color">As the trunk will see them.</param>
    /// <param name="done">Called after each image.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public async Task<LabelledCrops> ReadAsync(
        IReadOnlyList<LabelledContent> contents, CropFile file, int side, ColorMode color, Action done, CancellationToken cancellationToken)
    {
        var objects = await KeyedContents.ObjectsAsync(database, [.. contents.Select(c => c.Content)], cancellationToken);
        var preprocessing = new Preprocessing(side, 1, color);
        var read = new bool[contents.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = vision.Value.Threads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, contents.Count, parallel, async (i, token) =>
        {
            if (objects.TryGetValue(contents[i].Content, out var at)
                && await store.OpenReadAsync(new ObjectPath(at.Bucket, at.Key), token) is { } stored)
            {
                await using (stored)
                    read[i] = Decode(await stored.ReadAllAsync(reading.Value.MaxBytes, token), i);
            }
            done();
        });
        int[] there = [.. Enumerable.Range(0, contents.Count).Where(i => read[i])];
        return new LabelledCrops([.. there.Select(i => contents[i].Label)], side, i => file.Read(there[i]));

        bool Decode(byte[] bytes, int index)
        {
            try
            {
                file.Write(index, LabelledCrops.FromTensor(ImageDecoder.Decode(bytes, preprocessing, vision.Value.ToLimits())));
                return true;
            }
            catch (ImageRejectedException)
            {
                // Replaced by something that is no picture since it was looked at: its row says so
                return false;
            }
        }
    }
}

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
