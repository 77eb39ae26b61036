namespace Inheritune.Trainer.Models;

/// <summary>Rotary position embedding in Hugging Face's half-split convention.</summary>
/// <param name="Theta">Base of the frequencies.</param>
/// <param name="Llama3">Llama 3's frequency-dependent stretching, or null.</param>
public sealed record RotaryConfig(double Theta = 10000, Llama3Scaling? Llama3 = null)
{
    /// <summary>Angular frequency of each pair of dimensions, in radians per position; <paramref name="headSize"/> / 2 of them.</summary>
    public IReadOnlyList<double> Frequencies(int headSize) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => Scale(Math.Pow(Theta, -2.0 * i / headSize)))];

    private double Scale(double frequency)
    {
        if (Llama3 is not { } scaling) return frequency;

        // Waves longer than the low cut are stretched by the factor, short ones kept, those between interpolated.
        var wavelength = 2 * Math.PI / frequency;
        var low = scaling.OriginalContextLength / scaling.LowFrequencyFactor;
        var high = scaling.OriginalContextLength / scaling.HighFrequencyFactor;
        if (wavelength < high) return frequency;
        if (wavelength > low) return frequency / scaling.Factor;
        var smooth = (scaling.OriginalContextLength / wavelength - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (1 - smooth) * frequency / scaling.Factor + smooth * frequency;
    }
}
