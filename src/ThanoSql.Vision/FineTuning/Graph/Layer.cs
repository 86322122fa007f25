namespace ThanoSql.Vision.FineTuning.Graph;

/// <summary>A piece of the network that can write its forward and then its backward pass.</summary>
internal abstract class Layer(TrainingGraph graph)
{
    protected TrainingGraph Graph { get; } = graph;

    /// <summary>Writes the forward pass; returns the output's name and keeps what the backward pass needs.</summary>
    public abstract string Forward(string x);

    /// <summary>Writes the backward pass: gradients of the parameters, and of the input, whose name it returns.</summary>
    public abstract string Backward(string gradient);
}
