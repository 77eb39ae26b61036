namespace Inheritune.Api;


/// <summary>How the gradients of accumulated micro-batches are combined.</summary>
public enum GradientReduction
{
    Mean,
    Sum,
}
