using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Inheritune.Trainer.Native;

namespace Inheritune.Trainer.Tests.Native;

/// <summary>The trainer's own code asks for no operator of TorchSharp's that makes a native number which nothing keeps alive.</summary>
public sealed class ScalarsTests
{
    [Fact]
    public void No_number_is_given_to_an_operator_that_does_not_keep_it_alive()
    {
        using var file = new PEReader(File.OpenRead(typeof(Scalars).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var used = metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member => (Type: metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name), Name: metadata.GetString(member.Name), Signature: metadata.GetBlobReader(member.Signature)))
            .ToArray();
        Assert.Contains(used, member => member is { Type: "Tensor", Name: "add_" });
        Assert.DoesNotContain(used.Select(member => $"{member.Type}.{member.Name}({Parameters(member.Signature)})"), IsUnsafe);
    }

    /// <summary>An implicit conversion; a sum, which has a factor; an operator between a tensor and a number.</summary>
    private static bool IsUnsafe(string member) =>
        member.StartsWith("Scalar.op_Implicit", StringComparison.Ordinal)
        || member is "Tensor.add(class)" or "Tensor.add_(class)" or "Tensor.op_Addition(class, class)"
        || (member.StartsWith("Tensor.op_", StringComparison.Ordinal) && member.Contains("number", StringComparison.Ordinal));

    private static string Parameters(BlobReader signature)
    {
        signature.ReadSignatureHeader();
        var count = signature.ReadCompressedInteger();
        Skip(ref signature);
        return string.Join(", ", Enumerable.Range(0, Math.Min(count, 2)).Select(_ => Skip(ref signature)));
    }

    private static string Skip(ref BlobReader signature)
    {
        switch (signature.ReadSignatureTypeCode())
        {
            case SignatureTypeCode.TypeHandle:
                signature.ReadTypeHandle();
                return "class";
            case SignatureTypeCode.Int32 or SignatureTypeCode.Int64 or SignatureTypeCode.Single or SignatureTypeCode.Double:
                return "number";
            default:
                return "other";
        }
    }
}
