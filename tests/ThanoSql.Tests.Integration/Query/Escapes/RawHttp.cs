using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>A request just as it is written: clients put right what they are given.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="address">Of the service.</param>
    /// <param name="head">First line and headers, a line each.</param>
    /// <param name="body">Sent behind the headers as it is.</param>
    /// <returns>0 for a connection that was closed without an answer.</returns>
    public static async Task<(int Status, string Answer)> SendAsync(Uri address, string head, byte[] body)
    {
        using var late = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, late.Token);
        await using var stream = client.GetStream();
        var text = head.ReplaceLineEndings("\r\n") + "\r\n\r\n";
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(text), late.Token);
            await stream.WriteAsync(body, late.Token);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, late.Token);
        }
        catch (IOException)
        {
            // Answered and closed before all was sent
            await ReadRestAsync(stream, answer, late.Token);
        }
        var said = Encoding.UTF8.GetString(answer.ToArray());
        return (said.StartsWith("HTTP/1.", StringComparison.Ordinal) ? int.Parse(said.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0, said);
    }

    private static async Task ReadRestAsync(NetworkStream stream, MemoryStream answer, CancellationToken cancellationToken)
    {
        try
        {
            await stream.CopyToAsync(answer, cancellationToken);
        }
        catch (IOException)
        {
            // It has nothing more to say
        }
    }
}
