using System.ComponentModel.DataAnnotations;

namespace ThanoSql.Storage.S3;

/// <summary>How to reach an S3 server (<c>Storage:S3</c>).</summary>
public sealed class S3StoreOptions
{
    /// <summary>For example <c>http://127.0.0.1:9000</c>; empty for AWS itself.</summary>
    [Url]
    public string? Endpoint { get; set; }

    [Required]
    public string AccessKey { get; set; } = "";

    [Required]
    public string SecretKey { get; set; } = "";

    /// <summary>Signed into each request; servers other than AWS take any.</summary>
    [Required]
    public string Region { get; set; } = "us-east-1";

    /// <summary>How long one attempt may take until the answer's head is there, and how long a body may stall.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Further attempts after a transient error.</summary>
    [Range(0, 20)]
    public int Retries { get; set; } = 4;

    /// <summary>Before the first further attempt; doubles with each, with jitter, up to 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:20")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    internal Uri Address => new(string.IsNullOrEmpty(Endpoint) ? $"https://s3.{Region}.amazonaws.com" : Endpoint);
}
