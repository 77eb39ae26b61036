using Inheritune.Api;

namespace Inheritune.Trainer.Data;

/// <summary>Sizes of the elements of packed files.</summary>
internal static class TokenTypeSize
{
    /// <summary>Bytes of one id.</summary>
    public static int Size(this TokenType type) => type == TokenType.UInt16 ? sizeof(ushort) : sizeof(uint);
}
