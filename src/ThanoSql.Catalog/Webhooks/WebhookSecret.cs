namespace ThanoSql.Catalog.Webhooks;

/// <summary>What signs the calls of a webhook, as Standard Webhooks has it: <c>whsec_</c> and the Base64 of 256 random bits.</summary>
public static class WebhookSecret
{
    private const string Prefix = "whsec_";

    public static byte[] New() => RandomNumberGenerator.GetBytes(32);

    public static string Text(byte[] secret) => Prefix + Convert.ToBase64String(secret);
}
