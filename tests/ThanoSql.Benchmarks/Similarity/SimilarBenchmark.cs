using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Vision.Similarity;

namespace ThanoSql.Benchmarks.Similarity;

/// <summary>The nearest 20 of many embeddings of 320 values: ours, numpy's and PostgreSQL's own, in turns.</summary>
internal static class SimilarBenchmark
{
    public const string Description =
        "The nearest 20 of embeddings of 320 values, against numpy (python3-numpy) and plain SQL; --rows 100000 | 1000000";

    private const int Dimensions = 320;
    private const int Top = 20;
    private const int Rounds = 150;
    private const int Checked = 40; // questions whose true answer is worked out

    public static async Task RunAsync(int rows, CancellationToken stop)
    {
        using var vectors = VectorFile.Make(rows, Dimensions);
        await using var database = await SimilarDatabase.CreateAsync(vectors, stop);
        Write($"{rows} x {Dimensions}, {Environment.ProcessorCount} cores, load {Load()} before");

        var before = PrivateBytes();
        using var similar = new SimilarContents(
            database.Source, Options.Create(new SimilarityOptions { SimilarityMegabytes = 100_000 }), TimeProvider.System,
            NullLogger<SimilarContents>.Instance);
        var start = Stopwatch.GetTimestamp();
        await similar.NearestAsync(SimilarDatabase.Trunk, vectors.Asked[0], Top, null, stop);
        var loading = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var codes = (double)rows * Dimensions;
        Write($"  ours: loaded in {loading:F1} s; the index takes {VectorIndex.BytesOf(Dimensions, rows) / codes:F2} x its int8 values");
        Write($"  and the process grew by {(PrivateBytes() - before) / codes:F2} x of them ({(PrivateBytes() - before) / 1e6:F0} MB)");
        using var numpy = await NumpyRival.StartAsync(vectors, Top, stop);
        if (numpy is not null)
        {
            var (seconds, bytes, version) = numpy.Loaded;
            Write($"  numpy {version}: loaded in {seconds:F1} s from a file; matrix {bytes / codes:F2} x ({bytes / 1e6:F0} MB)");
        }
        await RecallAsync(similar, numpy, vectors, stop);
        await CompareAsync(similar, numpy, vectors, stop);
        await PlainAsync(database, vectors, stop);
        await FreshnessAsync(similar, database, stop);
        Write($"  load {Load()} after");
    }

    private static async Task CompareAsync(SimilarContents similar, NumpyRival? numpy, VectorFile vectors, CancellationToken stop)
    {
        var contents = vectors.Among.Select(row => row + 1).ToArray();
        var turn = 0;
        List<Func<CancellationToken, Task>> rivals =
        [
            token => similar.NearestAsync(SimilarDatabase.Trunk, Next(), Top, null, token),
            token => similar.NearestAsync(SimilarDatabase.Trunk, Next(), Top, contents, token),
        ];
        if (numpy is not null)
        {
            rivals.Add(token => numpy.NearestAsync(turn++ % vectors.Asked.Length, filtered: false, token));
            rivals.Add(token => numpy.NearestAsync(turn++ % vectors.Asked.Length, filtered: true, token));
        }
        var times = await Timings.InterleavedAsync(Rounds, rivals, stop);
        string[] names = ["ours, all", "ours, among 1 %", "numpy, all", "numpy, among 1 %"];
        foreach (var (name, time) in names.Zip(times))
            Write($"  {name,-17} median {time.Median,7:F2} ms, p99 {time.P99,7:F2} ms");

        ReadOnlyMemory<float> Next() => vectors.Asked[turn++ % vectors.Asked.Length];
    }

    private static async Task RecallAsync(SimilarContents similar, NumpyRival? numpy, VectorFile vectors, CancellationToken stop)
    {
        var truth = Truth(vectors);
        var (ours, theirs) = (0, 0);
        for (var q = 0; q < truth.Count; q++)
        {
            var found = await similar.NearestAsync(SimilarDatabase.Trunk, vectors.Asked[q], Top, null, stop);
            ours += found.Count(f => truth[q].Contains(f.ContentId));
            if (numpy is not null)
                theirs += (await numpy.NearestAsync(q, filtered: false, stop)).Rows.Count(row => truth[q].Contains(row + 1));
        }
        var of = (double)truth.Count * Top;
        Write($"  recall of the best {Top} over {truth.Count} questions: ours {ours / of:F4}, numpy {theirs / of:F4}");
    }

    /// <summary>By the cosine of all rows, summed up in double precision: the best, with those that are as near as the last of them.</summary>
    private static List<HashSet<long>> Truth(VectorFile vectors)
    {
        const float single = 1e-6f; // what numpy's single precision tells apart
        var queries = vectors.Asked.Take(Checked).Select(q => CosineQuery.Of(q)).ToArray();
        var nearest = queries.Select(_ => new NearestSoFar(10 * Top)).ToArray();
        var content = 0L;
        foreach (var rows in vectors.Rows().Select(row => (byte[])row.Clone()).Chunk(10_000))
        {
            var first = content + 1;
            content += rows.Length;
            Parallel.For(0, queries.Length, q =>
            {
                for (var i = 0; i < rows.Length; i++)
                    nearest[q].Offer(first + i, queries[q].Similarity(MemoryMarshal.Cast<byte, Half>(rows[i])));
            });
        }
        return [.. nearest.Select(n => n.Best.Where(c => c.Similarity >= n.Best[Top - 1].Similarity - single).Select(c => c.ContentId).ToHashSet())];
    }

    private static async Task PlainAsync(SimilarDatabase database, VectorFile vectors, CancellationToken stop)
    {
        var rows = Math.Min(SimilarDatabase.PlainRows, vectors.Count);
        var time = (await Timings.InterleavedAsync(5, [token => database.PlainAsync(vectors.Asked[0], token)], stop))[0].Median;
        Write(
            $"  plain SQL over real[]: {time:F0} ms for {rows} rows, or {time * vectors.Count / rows / 1000:F0} s for all (scaled, not measured)");
    }

    private static async Task FreshnessAsync(SimilarContents similar, SimilarDatabase database, CancellationToken stop)
    {
        var (random, times) = (new Random(3), new List<double>());
        for (var i = 0; i < 20; i++)
        {
            var vector = Enumerable.Range(0, Dimensions).Select(_ => (Half)((random.NextDouble() * 2) - 1)).ToArray();
            var asked = HalfVector.ToFloats(vector);
            var content = await database.AddAsync(MemoryMarshal.AsBytes(vector.AsSpan()).ToArray(), stop);
            var committed = Stopwatch.GetTimestamp();
            while ((await similar.NearestAsync(SimilarDatabase.Trunk, asked, 1, null, stop))[0].ContentId != content)
                await Task.Delay(10, stop);
            times.Add(Stopwatch.GetElapsedTime(committed).TotalMilliseconds);
        }
        Write($"  from commit to found, asked all the time: median {times.Order().ElementAt(10):F0} ms, longest {times.Max():F0} ms");
    }

    private static long PrivateBytes()
    {
        GC.Collect();
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("RssAnon:", StringComparison.Ordinal))
                return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
        }
        return 0;
    }

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
