namespace Inheritune.Api;


/// <summary>Number formats of exported weights.</summary>
public enum ExportPrecision
{
    Float32,
    BFloat16,
    Float16,
}
