namespace Inheritune.Api;


/// <summary>Encodings of a dataset.</summary>
public enum DatasetFormat
{
    Auto,
    Text,
    JsonLines,
    Packed,
}
