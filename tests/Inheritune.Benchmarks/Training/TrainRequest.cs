using Inheritune.Api;

namespace Inheritune.Benchmarks.Training;

/// <summary>What a process of either side is to do; <c>tests/infra/peer/train.py</c> has the fields' meaning.</summary>
internal sealed record TrainRequest(
    string Model, string Tokens, string Batches, int Batch, int Sequence, int Steps, ComputePrecision Precision,
    double LearningRate, double WeightDecay, double ClipNorm, int Threads);
