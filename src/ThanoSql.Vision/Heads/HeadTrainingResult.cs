namespace ThanoSql.Vision.Heads;

/// <summary>A trained head and how it came about.</summary>
/// <param name="Head">Its labels are sorted by ordinal; its thresholds are 0 until they are chosen (<see cref="LabelThresholds.Choose"/>).</param>
/// <param name="L2">The strength in use, given or chosen.</param>
/// <param name="Loss">Mean cross-entropy of the training rows plus the penalty divided by their number.</param>
/// <param name="Iterations">L-BFGS iterations of the last fit.</param>
/// <param name="Converged">False when the iterations ran out first.</param>
/// <param name="SingleRowLabels">Labels with only one row: trained, but nothing can be said about how well.</param>
/// <param name="Trials">The strengths that were tried, in the order tried; empty when L2 was given.</param>
public sealed record HeadTrainingResult(
    Head Head, double L2, double Loss, int Iterations, bool Converged, IReadOnlyList<string> SingleRowLabels, IReadOnlyList<L2Trial> Trials);

/// <summary>One tried strength: mean cross-entropy with its standard error, and accuracy, on rows held out of its training.</summary>
public sealed record L2Trial(double L2, double HeldOutLoss, double StandardError, double HeldOutAccuracy);

/// <summary>Where a training stands.</summary>
/// <param name="Phase">"choosing L2" or "training".</param>
/// <param name="Iteration">Of the running fit, from 1.</param>
/// <param name="MaxIterations">The fit ends there at the latest, usually earlier.</param>
/// <param name="Loss">Mean training loss with penalty.</param>
/// <param name="L2">Strength of the running fit.</param>
public sealed record HeadTrainingProgress(string Phase, int Iteration, int MaxIterations, double Loss, double L2);
