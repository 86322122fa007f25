using ThanoSql.Benchmarks;
using ThanoSql.Benchmarks.Accuracy;
using ThanoSql.Benchmarks.Gpu;
using ThanoSql.Benchmarks.Hosting;
using ThanoSql.Benchmarks.Indexing;
using ThanoSql.Benchmarks.Paging;
using ThanoSql.Benchmarks.Rekeying;
using ThanoSql.Benchmarks.Searching;
using ThanoSql.Benchmarks.Similarity;
using ThanoSql.Benchmarks.Sql;
using ThanoSql.Benchmarks.Sweeping;
using ThanoSql.Benchmarks.Switching;
using ThanoSql.Benchmarks.Throughput;
using ThanoSql.Benchmarks.Training;

if (args is [RivalApi.Verb, var url, var connection])
{
    await RivalApi.RunAsync(url, connection);
    return 0;
}

return await BenchmarkHost.RunAsync(
    [
        new Benchmark("sql", "PREDICT and SEARCH against the same rows from hand-written SQL", SqlBenchmark.RunAsync),
        new Benchmark("indexing", IndexingBenchmark.Description, IndexingBenchmark.RunAsync),
        new Benchmark("lag", LagBenchmark.Description, (_, stop) => LagBenchmark.RunAsync(stop)),
        new Benchmark("search", SearchBenchmark.Description, (arguments, stop) => SearchBenchmark.RunAsync(arguments.Rows, stop)),
        new Benchmark("similar", SimilarBenchmark.Description, (arguments, stop) => SimilarBenchmark.RunAsync(arguments.Rows, stop)),
        new Benchmark("page", PageBenchmark.Description, (arguments, stop) => PageBenchmark.RunAsync(arguments.Rows, stop)),
        new Benchmark("throughput", ThroughputBenchmark.Description, (_, stop) => ThroughputBenchmark.RunAsync(stop)),
        new Benchmark(
            "rekeying", "100,000 embeddings of 768 dimensions under a new head, and what a shop notices of it",
            (_, _) => RekeyingBenchmark.RunAsync(new(100_000, 768))),
        new Benchmark(
            "rekeying-million", "1,000,000 of them: minutes, and 8 GB of disk", (_, _) => RekeyingBenchmark.RunAsync(new(1_000_000, 768))),
        new Benchmark("rekeying-small", "1,000,000 embeddings of 320 dimensions", (_, _) => RekeyingBenchmark.RunAsync(new(1_000_000, 320))),
        new Benchmark(
            "rekeying-sorted", "1,000,000 embeddings of 320 dimensions, and two columns to sort by",
            (_, _) => RekeyingBenchmark.RunAsync(new(1_000_000, 320, "price", "created_at"))),
        new Benchmark("switches", SwitchesBenchmark.Description, (_, stop) => SwitchesBenchmark.RunAsync(stop)),
        new Benchmark("sweep", SweepBenchmark.FolderDescription, (arguments, stop) => SweepBenchmark.RunFolderAsync(arguments.Objects, stop)),
        new Benchmark("sweep-s3", SweepBenchmark.S3Description, (arguments, stop) => SweepBenchmark.RunS3Async(arguments.Objects, stop)),
        new Benchmark("accuracy", AccuracyBenchmark.Description, (arguments, stop) => AccuracyBenchmark.RunAsync(arguments.Data, stop)),
        new Benchmark("imbalance", ImbalanceBenchmark.Description, (arguments, stop) => ImbalanceBenchmark.RunAsync(arguments.Data, stop)),
        new Benchmark("head", HeadBenchmark.Description, (arguments, stop) => HeadBenchmark.RunAsync(arguments.Data, stop)),
        new Benchmark("tuning", TuningBenchmark.Description, (arguments, stop) => TuningBenchmark.RunAsync(arguments.Data, arguments.Rows, stop)),
        new Benchmark("model-host", ModelHostBenchmark.Description, (_, stop) => ModelHostBenchmark.RunAsync(stop)),
        new Benchmark("gpu", GpuBenchmark.Description, (_, stop) => GpuBenchmark.RunAsync(stop)),
        new Benchmark("training-step", TrainingStepBenchmark.Description, (_, stop) => TrainingStepBenchmark.RunAsync(stop)),
    ],
    args);
