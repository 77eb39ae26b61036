using System.Diagnostics;
using Inheritune.Api;
using Inheritune.Trainer.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Training;

/// <summary>
/// The floating-point rate that matrix products reach on this device, measured; the 100 % of model FLOPs utilisation.
/// Data sheets promise more than any program gets and say nothing about a shared CPU.
/// </summary>
public static class DevicePeak
{
    /// <summary>Enough that one of them is not disturbed by other processes.</summary>
    private const int Rounds = 20;

    /// <summary>Best rate of a few square products, in FLOP per second. Takes well below a second.</summary>
    public static double Measure(Device device, ComputePrecision precision)
    {
        ArgumentNullException.ThrowIfNull(device);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var size = device.type == DeviceType.CUDA ? 8192 : 768;
        var matrix = ones(size, size, device: device).For(precision);
        var best = double.MaxValue;
        for (var i = 0; i < Rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();

            // Reading an element back waits for the device.
            using var product = matrix.mm(matrix);
            product[0, 0].to(ScalarType.Float32).item<float>();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return 2.0 * size * size * size / best;
    }
}
