using Inheritune.Api;

namespace Inheritune.Trainer.Training;

/// <summary>Training computes in Float32. A number that is another one there, such as 0, would do another thing without a word.</summary>
internal static class TrainingDecimals
{
    /// <exception cref="RunException">A number is 0, infinite or 1 in Float32 and was not written so.</exception>
    public static void Require(TrainingSpec spec)
    {
        (string Name, string Text)[] decimals =
        [
            ("learningRate", spec.LearningRate), ("minLearningRate", spec.MinLearningRate), ("weightDecay", spec.WeightDecay), ("beta1", spec.Beta1), ("beta2", spec.Beta2),
            ("epsilon", spec.Epsilon), ("gradientClipNorm", spec.GradientClipNorm), ("dropout", spec.Dropout),
        ];
        foreach (var (name, text) in decimals)
        {
            var (written, computed) = (Decimals.Parse(text), (float)Decimals.Parse(text));
            if (written != 0 && !float.IsNormal(computed))
                throw Refuse(name, text, $"is {(written < 1 ? "too small" : "too large")} for Float32, in which the training computes; give a number from 1.2e-38 to 3.4e38");
            if (written < 1 && computed == 1)
                throw Refuse(name, text, "is 1 in Float32, in which the training computes; give at most 0.9999999");
        }
    }

    private static RunException Refuse(string name, string text, string message) => RunException.Invalid($"spec.training.{name}", text, message);
}
