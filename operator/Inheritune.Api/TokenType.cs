namespace Inheritune.Api;


/// <summary>Integer type of the ids in a packed token file.</summary>
public enum TokenType
{
    UInt16,
    UInt32,
}
