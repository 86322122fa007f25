namespace ThanoSql.Benchmarks;

/// <summary>Something measured, by name. It prints its figures and asserts no times.</summary>
internal sealed record Benchmark(string Name, string Description, Func<BenchmarkArguments, CancellationToken, Task> RunAsync);

/// <param name="Data">A folder that outlives the run: for what is costly to fetch or make.</param>
/// <param name="Rows">Of the table, where a benchmark fills one.</param>
/// <param name="Objects">In the store, where a benchmark fills one.</param>
internal sealed record BenchmarkArguments(string Data, int Rows, int Objects);
