using Inheritune.Trainer.Models;

namespace Inheritune.Trainer.Training;

/// <summary>Speed of the training since the last log line.</summary>
/// <param name="model">Decides the FLOPs of a token.</param>
/// <param name="plan">Decides the tokens of a step.</param>
/// <param name="peak">The device's rate in FLOP per second, see <see cref="DevicePeak"/>.</param>
public sealed class ThroughputMeter(ModelConfig model, TrainingPlan plan, double peak)
{
    private double _seconds;
    private double _dataSeconds;
    private int _steps;

    /// <summary>
    /// FLOPs of one token, forward and backward: 6 N + 12 L H D T, with N all parameters of matrix products (PaLM, appendix B; nanoGPT): no learned
    /// positions, and a table of the token embedding only where it is the head as well, for its rows are merely looked up.
    /// </summary>
    public double FlopsPerToken { get; } =
        6.0 * model.Parameters().Where(p => p.Part != ModelPart.PositionEmbedding && (model.TiedHead || p.Part != ModelPart.TokenEmbedding)).Sum(p => p.Count)
        + 12.0 * model.Layers * model.Heads * model.HeadSize * plan.SequenceLength;

    public double SecondsPerStep => _steps == 0 ? 0 : _seconds / _steps;

    public double TokensPerSecond => _seconds == 0 ? 0 : plan.TokensPerStep * _steps / _seconds;

    /// <summary>Model FLOPs utilisation, a share of the peak.</summary>
    public double Utilisation => TokensPerSecond * FlopsPerToken / peak;

    /// <summary>Share of the time that went into getting data.</summary>
    public double DataWait => _seconds == 0 ? 0 : _dataSeconds / _seconds;

    /// <summary>Counts a part of a step's time as time for data.</summary>
    public void AddData(TimeSpan time) => _dataSeconds += time.TotalSeconds;

    public void Add(double seconds)
    {
        _seconds += seconds;
        _steps++;
    }

    public void Reset() => (_seconds, _dataSeconds, _steps) = (0, 0, 0);
}
