namespace Inheritune.Api;


/// <summary>Number formats of the matrix products in training and evaluation.</summary>
public enum ComputePrecision
{
    Float32,
    BFloat16,
}
