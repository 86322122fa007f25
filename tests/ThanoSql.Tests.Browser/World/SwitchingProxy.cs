using System.Net;
using System.Net.Sockets;

namespace ThanoSql.Tests.Browser.World;

/// <summary>
/// Stands before query processes as a load balancer would: one address, and connections go to whichever process is chosen. Also a line that is slow
/// or broken.
/// </summary>
internal sealed class SwitchingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;
    private readonly Lock _lock = new();
    private readonly List<TcpClient> _open = [];
    private Uri _target;
    private bool _isBroken;

    public SwitchingProxy(string target)
    {
        _target = new Uri(target);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Sends what connects from now on elsewhere, and cuts what is connected.</summary>
    public void SwitchTo(string target)
    {
        lock (_lock)
        {
            _target = new Uri(target);
            _open.ForEach(connection => connection.Close());
            _open.Clear();
        }
    }

    /// <summary>What each piece of data takes longer, either way.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Cuts what is connected, and lets nothing through until it is mended.</summary>
    public void Break()
    {
        SwitchTo(_target.AbsoluteUri);
        _isBroken = true;
    }

    public void Mend() => _isBroken = false;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        SwitchTo(_target.AbsoluteUri);
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            // disposed of
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            if (_isBroken)
                return;
            try
            {
                Uri target;
                lock (_lock)
                {
                    target = _target;
                    _open.AddRange([client, server]);
                }
                await server.ConnectAsync(target.Host, target.Port, _stopping.Token);
                await Task.WhenAny(
                    CarryAsync(client.GetStream(), server.GetStream()), CarryAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException or ObjectDisposedException
                or InvalidOperationException)
            {
                // cut by one of the two
            }
        }
    }

    private async Task CarryAsync(NetworkStream from, NetworkStream to)
    {
        var piece = new byte[1 << 14];
        while (await from.ReadAsync(piece, _stopping.Token) is > 0 and var length)
        {
            if (Delay > TimeSpan.Zero)
                await Task.Delay(Delay, _stopping.Token);
            await to.WriteAsync(piece.AsMemory(0, length), _stopping.Token);
        }
    }
}
