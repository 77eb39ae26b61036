namespace Inheritune.Trainer.Evaluation;

/// <summary>How the observations of all documents become one number.</summary>
internal enum Aggregation
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>exp(-mean).</summary>
    Perplexity,

    /// <summary>exp(-sum of values / sum of weights).</summary>
    WeightedPerplexity,

    /// <summary>-(sum of values / sum of weights) / ln 2.</summary>
    BitsPerByte,
}
