namespace Inheritune.Trainer.Evaluation;

/// <summary>What one document adds to a metric.</summary>
/// <param name="Value">Such as 1 for a right answer, or a log-likelihood.</param>
/// <param name="Weight">What the value is spread over, such as words; 1 for most metrics.</param>
internal readonly record struct Observation(double Value, double Weight = 1)
{
    public static implicit operator Observation(double value) => new(value);

    public static implicit operator Observation(bool right) => new(right ? 1 : 0);
}
