using ThanoSql.Catalog.Audits;
using ThanoSql.Catalog.Runs;
using ThanoSql.Query.Statements;
using ThanoSql.Trainer;

namespace ThanoSql.Web.Models;

/// <summary>What a person may do with a model: what <c>thanosql train</c> and <c>thanosql model</c> do. Needs scope <c>write</c>.</summary>
internal sealed class ModelActions(TrainingRequests requests, TrainingQueue queue)
{
    /// <summary>Trains it anew; the result passes the pipeline's gate or does not come into service.</summary>
    /// <param name="token">Of who asks.</param>
    /// <param name="pipeline">That trains it.</param>
    /// <exception cref="TrainingRunOpenException">It is being built already.</exception>
    public Task TrainAsync(ApiToken token, string pipeline)
    {
        Permission.Require(token, TokenScope.Write, "Training a model");
        return requests.TrainAsync(pipeline, RunTrigger.Hand, Actor.OfToken(token.Name), CancellationToken.None);
    }

    /// <summary>Brings an earlier version back. A build that is under way is cancelled; the schedule rests.</summary>
    public Task RollBackAsync(ApiToken token, string model, int version)
    {
        Permission.Require(token, TokenScope.Write, "Rolling a model back");
        return requests.RollBackAsync(model, version, Actor.OfToken(token.Name), CancellationToken.None);
    }

    /// <summary>Lets the schedule go on.</summary>
    public Task ResumeAsync(ApiToken token, string model)
    {
        Permission.Require(token, TokenScope.Write, "Resuming a schedule");
        return requests.ResumeAsync(model, Actor.OfToken(token.Name), CancellationToken.None);
    }

    /// <summary>Asks a run to stop; it does so at its next step.</summary>
    public Task StopAsync(ApiToken token, long run)
    {
        Permission.Require(token, TokenScope.Write, "Stopping a training");
        return queue.CancelAsync(run, CancellationToken.None);
    }
}
