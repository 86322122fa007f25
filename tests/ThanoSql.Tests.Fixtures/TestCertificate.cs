using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ThanoSql.Tests.Fixtures;

/// <summary>Certificates that nobody trusts but a test.</summary>
public static class TestCertificate
{
    /// <summary>Signed by itself, for a day.</summary>
    public static X509Certificate2 Of(string host, ECDsa key)
    {
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
