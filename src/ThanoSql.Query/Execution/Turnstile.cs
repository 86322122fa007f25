namespace ThanoSql.Query.Execution;

/// <summary>
/// Lets in so many at once, and so many of one token. The tokens that wait take turns, however much one of them asks for.
/// </summary>
internal class Turnstile(TurnLimits limits, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Line> _lines = [];
    private readonly LinkedList<Line> _order = []; // of those with somebody waiting: whose turn is next
    private int _working;
    private int _waiting;

    /// <summary>Waits for a turn.</summary>
    /// <param name="token">Whose.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QueryException">
    /// <see cref="ErrorCode.TooManyRequests"/> where the token itself takes too much, <see cref="ErrorCode.Busy"/> where all of them do.
    /// </exception>
    public async Task<Turn> EnterAsync(string token, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            var line = LineOf(token);
            if (_working < limits.AtOnce && line.Held < limits.TokenAtOnce && line.Waiters.Count == 0)
                return LetIn(line);
            if (line.Waiters.Count >= limits.TokenWaiting)
                throw line.Held + line.Waiters.Count > 0 ? limits.TokenIsOver(token) : limits.AllAreBusy();
            if (_waiting >= limits.Waiting)
                throw limits.AllAreBusy();
            waiter = Queue(line);
        }
        try
        {
            return await waiter.Turn.Task.WaitAsync(limits.Wait, time, cancellationToken);
        }
        catch (Exception gaveUp) when (gaveUp is TimeoutException or OperationCanceledException)
        {
            if (!Withdraw(waiter))
                (await waiter.Turn.Task).Dispose(); // its turn came just now
            if (gaveUp is OperationCanceledException)
                throw;
            throw waiter.Line.Held >= limits.TokenAtOnce ? limits.TokenIsOver(token) : limits.AllAreBusy();
        }
    }

    internal void EndWork()
    {
        lock (_lock)
        {
            _working--;
            LetNextIn();
        }
    }

    internal void End(Line line)
    {
        lock (_lock)
        {
            line.Held--;
            LetNextIn();
            Forget(line);
        }
    }

    private Turn LetIn(Line line)
    {
        _working++;
        line.Held++;
        return new Turn(this, line);
    }

    private void LetNextIn()
    {
        for (var node = _order.First; node is not null && _working < limits.AtOnce;)
        {
            var (line, next) = (node.Value, node.Next);
            if (line.Held < limits.TokenAtOnce)
            {
                var waiter = line.Waiters.First!.Value;
                line.Waiters.RemoveFirst();
                _waiting--;
                _order.Remove(node);
                if (line.Waiters.Count > 0)
                    _order.AddLast(node); // behind the others
                waiter.Turn.SetResult(LetIn(line));
                next = _order.First;
            }
            node = next;
        }
    }

    private Waiter Queue(Line line)
    {
        var waiter = new Waiter(line);
        line.Waiters.AddLast(waiter);
        _waiting++;
        if (line.Waiters.Count == 1)
            _order.AddLast(line);
        return waiter;
    }

    private bool Withdraw(Waiter waiter)
    {
        lock (_lock)
        {
            var line = waiter.Line;
            if (!line.Waiters.Remove(waiter))
                return false;
            _waiting--;
            if (line.Waiters.Count == 0)
                _order.Remove(line);
            Forget(line);
            return true;
        }
    }

    private Line LineOf(string token)
    {
        if (!_lines.TryGetValue(token, out var line))
            _lines.Add(token, line = new Line(token));
        return line;
    }

    private void Forget(Line line)
    {
        if (line.Held == 0 && line.Waiters.Count == 0)
            _lines.Remove(line.Token);
    }

    internal sealed class Line(string token)
    {
        public string Token => token;

        public int Held { get; set; }

        public LinkedList<Waiter> Waiters { get; } = [];
    }

    internal sealed class Waiter(Line line)
    {
        public Line Line => line;

        public TaskCompletionSource<Turn> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
