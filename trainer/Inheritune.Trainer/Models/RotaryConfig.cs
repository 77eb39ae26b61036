namespace Inheritune.Trainer.Models;

/// <summary>
/// Rotary position embedding in Hugging Face's half-split convention. In Float32 throughout, as transformers has it: at a position p the
/// rounding of a frequency moves an angle by p times as much, which a text's log-likelihood shows.
/// </summary>
/// <param name="Theta">Base of the frequencies.</param>
/// <param name="Llama3">Llama 3's frequency-dependent stretching, or null.</param>
public sealed record RotaryConfig(double Theta = 10000, Llama3Scaling? Llama3 = null)
{
    /// <summary>Angular frequency of each pair of dimensions, in radians per position; <paramref name="headSize"/> / 2 of them.</summary>
    public IReadOnlyList<float> Frequencies(int headSize) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => Scale(1 / MathF.Pow((float)Theta, 2f * i / headSize)))];

    private float Scale(float frequency)
    {
        if (Llama3 is not { } scaling) return frequency;

        // Waves longer than the low cut are stretched by the factor, short ones kept, those between interpolated.
        var wavelength = 2 * MathF.PI / frequency;
        var low = (float)(scaling.OriginalContextLength / scaling.LowFrequencyFactor);
        var high = (float)(scaling.OriginalContextLength / scaling.HighFrequencyFactor);
        if (wavelength < high) return frequency;
        if (wavelength > low) return frequency / (float)scaling.Factor;
        var smooth = ((float)scaling.OriginalContextLength / wavelength - (float)scaling.LowFrequencyFactor) / (float)(scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return (1 - smooth) * frequency / (float)scaling.Factor + smooth * frequency;
    }
}
