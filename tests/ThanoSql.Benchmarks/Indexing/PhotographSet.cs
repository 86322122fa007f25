using NetVips;
using ThanoSql.Benchmarks.Accuracy;

namespace ThanoSql.Benchmarks.Indexing;

/// <summary>Real photographs.</summary>
/// <param name="Name">For the table of figures.</param>
/// <param name="Files">Whole JPEG files.</param>
internal sealed record PhotographSet(string Name, IReadOnlyList<byte[]> Files)
{
    private const int Width = 4000;
    private const int Height = 3000;
    private const int Quality = 90;

    /// <summary>The photographs of the tutorial, 307 x 173.</summary>
    public static async Task<PhotographSet> OfFoodsAsync(CancellationToken cancellationToken) =>
        new("foods 307x173", [.. (await LabelledPhotographs.OfFoodsAsync(cancellationToken)).Files.Select(File.ReadAllBytes)]);

    /// <param name="name">For the table of figures.</param>
    /// <param name="folder">Holds JPEG files at any depth.</param>
    /// <param name="count">At most so many.</param>
    public static PhotographSet OfFolder(string name, string folder, int count) => new(
        name,
        [
            .. Directory.EnumerateFiles(folder, "*.jpg", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal).Take(count).Select(File.ReadAllBytes),
        ]);

    /// <summary>The first of them, as a phone of 12 megapixels saves them.</summary>
    public PhotographSet Enlarged(int count) => new("12 MP", [.. Files.Take(count).AsParallel().AsOrdered().Select(Enlarge)]);

    /// <summary>Files into a folder, each another content than ever before: bytes after a JPEG's end are nobody's.</summary>
    /// <param name="folder">Made anew.</param>
    /// <param name="turn">Part of the content.</param>
    /// <param name="count">From the first; those after the last begin anew.</param>
    public void Write(string folder, int turn, int count)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < count; i++)
        {
            using var file = File.Create(Path.Combine(folder, $"{turn:000}-{i:0000}.jpg"));
            file.Write(Files[i % Files.Count]);
            file.Write(BitConverter.GetBytes(turn));
            file.Write(BitConverter.GetBytes(i));
        }
    }

    private static byte[] Enlarge(byte[] bytes)
    {
        using var large = Image.ThumbnailBuffer(bytes, Width, height: Height, size: Enums.Size.Force);
        return large.JpegsaveBuffer(q: Quality);
    }
}
