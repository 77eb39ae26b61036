using System.ComponentModel;
using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests;

/// <summary>A program that this machine may have or not.</summary>
internal static class HostProgram
{
    /// <summary>Runs it to its end; skips the test where there is no such program.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(ProcessStartInfo start, string input = "")
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        using var process = Start(start);
        var stop = TestContext.Current.CancellationToken;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(stop);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>The program that a script of <c>tests/infra</c> has installed; skips the test where it has not.</summary>
    public static string Installed(string script, params string[] arguments)
    {
        var (code, output, error) = InfrastructureScript.Run(script, ["path", .. arguments]);
        Assert.SkipWhen(code == InfrastructureScript.NotAvailable, error.Trim());
        Assert.True(code == 0, $"{script} ended with exit code {code}: {error}");
        return output.Trim();
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"There is no {start.FileName} on this machine");
            throw;
        }
    }
}
