namespace ThanoSql.Vision.Trunks;

/// <summary>Trunk weights cannot be had or used. The message says why and what to do.</summary>
public sealed class TrunkException : Exception
{
    public TrunkException(string message)
        : base(message)
    {
    }

    public TrunkException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
