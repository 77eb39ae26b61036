using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Inheritune.Trainer.Tests.Native;

public unsafe class MatrixLibraryTests
{
    /// <summary>MKL's numbers of its branches of code: MKL_CBWR_AVX2 and MKL_CBWR_AVX512.</summary>
    private const int OfAvx2 = 10, OfAvx512 = 12;

    [Fact]
    public void Products_use_the_widest_vectors_of_the_processor_whoever_made_it()
    {
        Assert.SkipUnless(Avx2.IsSupported, "This processor has no AVX2");
        var library = NativeLibrary.Load("libtorch_cpu.so", typeof(TorchSharp.torch).Assembly, null);
        var branch = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "mkl_serv_cbwr_get_auto_branch");
        Assert.InRange(branch(), Avx512F.IsSupported ? OfAvx512 : OfAvx2, int.MaxValue);
    }
}
