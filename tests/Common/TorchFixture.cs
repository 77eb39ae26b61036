using Inheritune.Trainer.Native;
using Inheritune.Trainer.Status;
using Inheritune.Tests;
using TorchSharp;

[assembly: AssemblyFixture(typeof(TorchFixture))]

namespace Inheritune.Tests;

/// <summary>Loads libtorch once, before any test, as the program does.</summary>
public sealed class TorchFixture
{
    public TorchFixture()
    {
        TorchLoader.Load(SilentStatus.Instance);
        torch.set_num_threads(2);
    }
}
