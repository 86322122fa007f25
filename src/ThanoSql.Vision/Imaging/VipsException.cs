namespace ThanoSql.Vision.Imaging;

/// <summary>libvips could not do a step; the message is its own.</summary>
internal sealed class VipsException(string message) : Exception(message);
