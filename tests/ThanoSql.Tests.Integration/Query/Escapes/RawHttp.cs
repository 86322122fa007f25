using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>A request just as it is written: clients put right what they are given.</summary>
internal static class RawHttp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WaitForMore = TimeSpan.FromSeconds(10);

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
        }
        catch (IOException)
        {
            // Answered and closed before all was sent
        }
        var reading = ReadAsync(stream, answer, late.Token);
        // It waits for the rest of a body that never comes: hang up
        if (await Task.WhenAny(reading, Task.Delay(WaitForMore, late.Token)) != reading)
            client.Client.Shutdown(SocketShutdown.Send);
        await reading;
        var said = Encoding.UTF8.GetString(answer.ToArray());
        return (said.StartsWith("HTTP/1.", StringComparison.Ordinal) ? int.Parse(said.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0, said);
    }

    private static async Task ReadAsync(NetworkStream stream, MemoryStream answer, CancellationToken cancellationToken)
    {
        try
        {
            await stream.CopyToAsync(answer, cancellationToken);
        }
        catch (IOException)
        {
            // Closed while it sent
        }
    }
}
