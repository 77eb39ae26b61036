using Inheritune.Trainer.Reporting;
using Inheritune.Trainer.Training;

namespace Inheritune.Trainer.Tests.Reporting;

/// <summary>Reports with plausible content.</summary>
internal static class SampleReports
{
    /// <summary>An inherited run of 300 steps next to one from random weights.</summary>
    public static RunReport Full() => new()
    {
        Title = "Stories, 3 of 5 blocks",
        Summary = "The first 3 of 5 blocks of the reference were trained for 300 steps on 409.6K tokens of short stories. The result comes within "
            + "0.0921 nats per token of the reference with 64 % of its parameters; the same model from random weights stays 0.5 behind.",
        Curves = [Curve("inherited", 300, 4.1, 1.62, seed: 1), Curve("random initialisation", 300, 6.2, 2.1, seed: 2)],
        Results =
        [
            new("reference", 5, 260_032, 1.5034, 0, 0),
            new("target at step 0", 3, 167_000, 4.1207, 0, 0),
            new("target", 3, 167_000, 1.5955, 409_600, 65.2),
            new("random initialisation", 3, 167_000, 2.0893, 409_600, 66.8),
        ],
        Samples =
        [
            new("Once upon a time, there was a little girl named Lily.",
            [
                new("reference", " She loved to play outside in the park.\nOne day, she saw a big, red ball. She wanted to play with it, but it was too high."),
                new("target", " She liked to play with her toys in her room.\nOne day, her mom said, \"Lily, let us go to the park & play.\" Lily was happy."),
            ]),
            new("The dog was sad because",
            [
                new("reference", " he could not find his bone. He looked under the bed, behind the tree and in the garden."),
                new("target", " he wanted to go to the house. He was scared and he was sad.\n\nThe end."),
            ]),
        ],
        Recipe = """
            apiVersion: inheritune.dev/v1alpha1
            kind: InheritRun
            metadata:
              name: stories
            spec:
              inherit:
                layers: 3
                policy: Paper
              training:
                steps: 300
                learningRate: "5e-4"
            """,
        Facts =
        [
            new("Reference", "file:///models/stories260K (sha256 3f8a0d5f8f4f3f4d0a1e9a2b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d)"),
            new("Dataset", "file:///data/stories, 2.1M tokens"),
            new("Device", "CPU, 16 threads"),
            new("Version", "0.1.0"),
        ],
    };

    /// <summary>A loss that falls from <paramref name="start"/> to <paramref name="end"/> with noise, warmed-up cosine learning rate and all.</summary>
    public static RunCurve Curve(string name, int steps, double start, double end, int seed)
    {
        var random = new Random(seed);
        var points = new List<MetricPoint>();
        for (var step = 0; step < steps; step++)
        {
            var share = (double)step / steps;
            var loss = end + (start - end) * Math.Exp(-6 * share);
            if (step % Math.Max(1, steps / 12) == 0)
                points.Add(new() { Step = step, Tokens = step * 1365L, ValidationLoss = loss + 0.02 * random.NextDouble() });
            points.Add(new()
            {
                Step = step + 1,
                Tokens = (step + 1) * 1365L,
                Loss = loss + 0.25 * (random.NextDouble() - 0.5),
                GradientNorm = 0.6 + Math.Exp(-8 * share) + 0.3 * random.NextDouble() + (random.NextDouble() < 0.01 ? 14 : 0),
                LearningRate = 5e-4 * (share < 0.1 ? share / 0.1 : 0.5 + 0.5 * Math.Cos(Math.PI * (share - 0.1) / 0.9)),
                TokensPerSecond = step == 0 ? 1100 : 6000 + 500 * random.NextDouble(),
                Seconds = step * 0.2,
            });
        }

        return new(name, points);
    }
}
