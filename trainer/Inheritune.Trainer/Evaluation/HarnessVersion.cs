namespace Inheritune.Trainer.Evaluation;

/// <summary>Whose prompts, order of documents and aggregation apply. Earlier versions compare as smaller.</summary>
public enum HarnessVersion
{
    /// <summary>The release v0.3.0; it asks MMLU in another way than what followed.</summary>
    V030,

    /// <summary>The last commit before 0.4 (115206dc), which the paper's code pins.</summary>
    V03,

    /// <summary>0.4.x.</summary>
    V04,
}
