using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using ThanoSql.Storage;
using ThanoSql.Storage.S3;

namespace ThanoSql.Tests.Unit.Storage;

public sealed class StoreInitTests
{
    [Fact]
    public async Task MinIO_is_told_to_notify_its_AMQP_target_of_puts_and_deletions()
    {
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            return Task.CompletedTask;
        });
        var options = new S3StoreOptions { Endpoint = server.Address, AccessKey = "key", SecretKey = "secret" };

        await new StoreInit(options, TimeProvider.System).MinIOAsync("shop", StoreInit.MinIOAmqpTarget, TestContext.Current.CancellationToken);

        var requests = server.Requests.ToList();
        requests[0].Method.ShouldBe("PUT");
        requests[0].Target.TrimEnd('/').ShouldBe("/shop");
        requests[1].Method.ShouldBe("PUT");
        requests[1].Target.ShouldBe("/shop/?notification=");
        var target = XDocument.Parse(requests[1].Body).Root!.Elements().ShouldHaveSingleItem();
        target.Name.LocalName.ShouldBe("QueueConfiguration");
        target.Elements().Select(element => (element.Name.LocalName, element.Value)).ShouldBe(
            [("Id", "thanosql"), ("Event", "s3:ObjectCreated:*"), ("Event", "s3:ObjectRemoved:*"), ("Queue", "arn:minio:sqs::1:amqp")],
            ignoreOrder: true);
    }

    [Fact]
    public void A_push_endpoint_with_a_password_is_refused_before_Ceph_does() =>
        Should.Throw<StoreRefusedException>(() => new CephNotification("thanosql", new Uri("amqp://user:secret@127.0.0.1"), "objects"))
            .Message.ShouldContain("guest");

    // The example of "Create a signed AWS API request" in AWS's Identity and Access Management guide.
    [Fact]
    public void Signatures_are_those_of_the_published_example()
    {
        const string toSign = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
            + "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59";

        new SignatureV4("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "iam").Signature(toSign, "20150830")
            .ShouldBe("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }

    // The example "GET Bucket (List Objects)" of "Signature Calculations for the Authorization Header" in AWS's S3 API reference.
    [Fact]
    public void A_request_is_signed_as_in_the_published_example()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2");

        new SignatureV4("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3")
            .Sign(request, [], new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero));

        request.Headers.GetValues("Authorization").ShouldHaveSingleItem()
            .ShouldEndWith("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    // The example of "Authenticating Requests: Using Query Parameters" in AWS's S3 API reference.
    [Fact]
    public void An_address_is_signed_as_in_the_published_example() =>
        new SignatureV4("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3")
            .Presign(
                HttpMethod.Get, new Uri("https://examplebucket.s3.amazonaws.com/test.txt"), 86400,
                new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero))
            .Query.ShouldEndWith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}
