namespace ThanoSql.Catalog.Pipelines;

/// <summary>A pipeline file is wrong; the message names the file, the line and what to write instead.</summary>
public sealed class PipelineFileException(string file, long line, string problem, Exception? inner = null)
    : Exception($"{file}, line {line}: {problem}", inner)
{
    /// <summary>Line in the file, from 1.</summary>
    public long Line { get; } = line;
}
