namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>Paths that lead out of the store, in statements and in addresses.</summary>
internal static class PathAttempts
{
    private static readonly string[] Ways =
    [
        "../outside/secret", "../../outside/secret", "x/../../outside/secret", "/etc/secret", "//etc/secret", "./../outside/secret",
        "/home/jovyan/../outside/secret", "/home/jovyan//etc/secret", "s3://linkbucket/secret", "S3://linkbucket/secret", "s3://../outside/secret",
        "s3://workspace/../outside/secret", "s3://workspace//etc/secret", "s3://.thanosql-tmp/secret", "s3:///secret", "s3://nowhere/secret",
        "s3://LINKBUCKET/secret", "s3://store/../linkbucket/secret", "linkfolder/secret", "link", "etc/passwd", "linkfolder/../secret", ".hidden",
        "file:///etc/secret", "http://127.0.0.1/secret", "\\\\..\\\\outside\\\\secret", "%2e%2e/outside/secret", "..;/secret", "a/./secret",
            "x//secret",
        "~/secret", "$HOME/secret", "|id;secret", "proc/self/environ", "/proc/self/environ",
    ];

    public static IEnumerable<Attempt> Statements =>
    [
        .. Attempts.Refused("paths in COPY", Ways.Select(way => $"COPY step OPTIONS (if_exists='replace') FROM '{way}.csv'")),
        .. Attempts.Refused("paths in COPY", Folders.Select(way => $"COPY step OPTIONS (if_exists='replace') FROM '{way}'")),
        .. Attempts.Refused("paths in UPLOAD MODEL", Ways.Select(way => $"UPLOAD MODEL mine OPTIONS (overwrite=True) FROM '{way}.onnx'")),
        .. Attempts.Refused("paths in FIT and BUILD", Ways.Take(12).Select(way =>
            $"BUILD MODEL mine USING ConvNeXt_Tiny OPTIONS (overwrite=True) AS SELECT '{way}.jpg' AS image_path, 'a' AS label")),
        .. Attempts.Refused("paths in GET", "GET THANOSQL DATASET '../outside'", "GET THANOSQL DATASET \"../../etc\" OPTIONS (overwrite=True)"),
        .. Attempts.Idle("paths in PREDICT", Ways.Select(way => $"PREDICT USING colours AS SELECT '{way}.jpg' AS image_path")),
        .. Attempts.Idle("paths in PRINT", Ways.Take(8).Select(way => $"PRINT IMAGE AS SELECT '{way}.jpg' AS image_path")),
        .. Attempts.Idle(
            "paths in SEARCH",
            Ways.Take(8).Select(
                way => $"SEARCH IMAGE USING colours OPTIONS (search_by='image', search_input='{way}.jpg') AS SELECT * FROM products")),
    ];

    private static IEnumerable<string> Folders => ["../outside/", "linkfolder/", "etc/", "s3://linkbucket/", "s3://linkbucket", "/", "./", "..", ".",
        "s3://"];

    /// <summary>Of pictures over HTTP: what stands behind <c>/images/</c> and <c>/api/v1/images/</c>.</summary>
    public static IEnumerable<string> Addresses =>
    [
        "../escaped.jpg", "../../outside/escaped.jpg", "..%2f..%2foutside%2fescaped.jpg", "%2e%2e/%2e%2e/outside/escaped.jpg",
        "%2e%2e%2f%2e%2e%2foutside%2fescaped.jpg", "%252e%252e%252foutside%252fescaped.jpg/..", "a/..%2f..%2fescaped.jpg", "%2fetc%2fescaped.jpg",
        "/etc/escaped.jpg", "//etc/escaped.jpg", "s3://linkbucket/escaped.jpg", "s3:%2f%2flinkbucket%2fescaped.jpg",
            "S3:%2F%2Flinkbucket%2Fescaped.jpg",
        "s3:%2f%2f..%2foutside%2fescaped.jpg", "s3:%2f%2fnowhere%2fescaped.jpg", "s3:%2f%2f.thanosql-tmp%2fescaped.jpg", "linkfolder/escaped.jpg",
        "etc/escaped.jpg", "%00.jpg", "a%00/escaped.jpg", "escaped.jpg%00.png/", "%c0%ae%c0%ae/escaped.jpg/", "%ff%fe/", "%ed%a0%80/", "", "%20/../",
            ".", "..",
        "a//b.jpg", "a/./b.jpg/", "a/b/", ".hidden.jpg", "a/.git/x.jpg", $"{new string('a', 1100)}.jpg",
            $"{string.Concat(Enumerable.Repeat("a/", 600))}x.jpg",
        $"{new string('b', 300)}.jpg", "%2Fhome%2Fjovyan%2F..%2F..%2Foutside%2Fescaped.jpg", "file:%2f%2f%2fetc%2fescaped.jpg/",
    ];
}
