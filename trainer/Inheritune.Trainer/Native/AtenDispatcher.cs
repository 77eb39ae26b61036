using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Inheritune.Trainer.Native;

/// <summary>
/// Calls ATen operators that TorchSharp does not wrap, through libtorch's stable C interface. Arguments lie on a stack of
/// 64-bit values; the call consumes the handles on it and leaves the results. Errors come back as codes, never as crashes.
/// </summary>
internal static unsafe partial class AtenDispatcher
{
    private const string Library = "torch_cpu";

    /// <summary>The interface's version, 2.10.0: one byte each for major and minor from the top.</summary>
    private const ulong AbiVersion = (2UL << 56) | (10UL << 48);

    /// <summary>
    /// One AdamW step for a group of tensors, in place: <c>aten::_fused_adamw_</c>. The step count, a Float32 scalar, must
    /// have been increased before. Gradients are first divided, in place, by <paramref name="gradientDivisor"/>, a Float32 scalar.
    /// </summary>
    public static void FusedAdamW(
        IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> gradients, IReadOnlyList<Tensor> firstMoments, IReadOnlyList<Tensor> secondMoments,
        Tensor step, double learningRate, double beta1, double beta2, double weightDecay, double epsilon, Tensor? gradientDivisor)
    {
        const ulong none = 0;
        Span<ulong> stack =
        [
            List(parameters), List(gradients), List(firstMoments), List(secondMoments), List([]), List([.. Enumerable.Repeat(step, parameters.Count)]),
            Real(learningRate), Real(beta1), Real(beta2), Real(weightDecay), Real(epsilon),
            /* amsgrad */ 0, /* maximize */ 0, /* grad_scale */ Optional(gradientDivisor), /* found_inf */ none,
        ];
        Call("aten::_fused_adamw_\0"u8, stack);
    }

    /// <summary>Address of a tensor's first element.</summary>
    public static nint Data(Tensor tensor)
    {
        Check(aoti_torch_get_data_ptr(tensor.Handle, out var data), "data");
        return data;
    }

    /// <summary>The elements of a contiguous Float32 tensor in host memory.</summary>
    public static float* Floats(Tensor tensor) => (float*)Data(tensor);

    private static void Call(ReadOnlySpan<byte> name, Span<ulong> stack)
    {
        fixed (byte* operation = name, overload = "\0"u8)
        fixed (ulong* arguments = stack)
            Check(torch_call_dispatcher(operation, overload, arguments, AbiVersion), Encoding(name));
    }

    private static ulong Real(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>The call frees what an optional argument is kept in with the C++ library's <c>delete</c>, which is <c>free</c>.</summary>
    private static ulong Optional(Tensor? tensor)
    {
        if (tensor is null) return 0;
        var place = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *place = Handle(tensor);
        return (ulong)place;
    }

    private static ulong Handle(Tensor tensor)
    {
        Check(aoti_torch_new_tensor_handle(tensor.Handle, out var handle), "handle");
        return (ulong)handle;
    }

    private static ulong List(IReadOnlyList<Tensor> tensors)
    {
        Check(torch_new_list_reserve_size((nuint)tensors.Count, out var list), "list");
        foreach (var tensor in tensors) Check(torch_list_push_back(list, Handle(tensor)), "push");
        return (ulong)list;
    }

    private static void Check(int code, string what)
    {
        if (code != 0) throw new InvalidOperationException($"libtorch refused {what} with code {code}");
    }

    private static string Encoding(ReadOnlySpan<byte> name) => System.Text.Encoding.ASCII.GetString(name[..^1]);

    [LibraryImport(Library)]
    private static partial int torch_call_dispatcher(byte* operation, byte* overload, ulong* stack, ulong version);

    [LibraryImport(Library)]
    private static partial int aoti_torch_new_tensor_handle(nint tensor, out nint handle);

    [LibraryImport(Library)]
    private static partial int aoti_torch_get_data_ptr(nint tensor, out nint data);

    [LibraryImport(Library)]
    private static partial int torch_new_list_reserve_size(nuint size, out nint list);

    [LibraryImport(Library)]
    private static partial int torch_list_push_back(nint list, ulong item);
}
