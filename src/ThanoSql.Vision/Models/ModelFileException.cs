namespace ThanoSql.Vision.Models;

/// <summary>A model file cannot be used. The message says why.</summary>
public sealed class ModelFileException : Exception
{
    public ModelFileException(string message)
        : base(message)
    {
    }

    public ModelFileException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
