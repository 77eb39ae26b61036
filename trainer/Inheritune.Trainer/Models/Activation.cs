namespace Inheritune.Trainer.Models;

/// <summary>Activation functions of the MLP.</summary>
public enum Activation
{
    /// <summary>GELU in its tanh form (<c>gelu_new</c>, <c>gelu_pytorch_tanh</c>).</summary>
    GeluTanh,

    /// <summary>GELU with the error function (<c>gelu</c>).</summary>
    Gelu,
    Relu,

    /// <summary>x * sigmoid(x), also called swish.</summary>
    Silu,
}
