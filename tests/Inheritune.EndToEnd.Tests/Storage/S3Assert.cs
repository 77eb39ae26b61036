using Inheritune.Trainer;

namespace Inheritune.EndToEnd.Tests.Storage;

/// <summary>Assertions on failures.</summary>
internal static class S3Assert
{
    /// <summary>Asserts that a user would see this code and these words, and nobody the keys; returns the message.</summary>
    public static string Fails(this S3Server server, ExitCode code, Action action, params ReadOnlySpan<string> said)
    {
        var error = Assert.Throws<RunException>(action);
        TestContext.Current.TestOutputHelper?.WriteLine(error.Message);
        Assert.Equal(code, error.Code);
        foreach (var part in said) Assert.Contains(part, error.Message, StringComparison.Ordinal);
        server.KeepsSecrets($"{error}");
        return error.Message;
    }

    /// <summary>Asserts that a text holds neither a key nor a signed URL.</summary>
    public static void KeepsSecrets(this S3Server server, string text)
    {
        foreach (var secret in new[] { server.SecretKey, server.AccessKey, "X-Amz-", "Signature=" }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
    }
}
