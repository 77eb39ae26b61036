using System.ComponentModel;
using System.Diagnostics;

namespace Inheritune.EndToEnd.Tests;

/// <summary>A program that this machine may have or not.</summary>
internal static class HostProgram
{
    /// <summary>Runs it to its end; skips the test where it is missing.</summary>
    /// <param name="input">Standard input.</param>
    /// <param name="environment">Variables beside this process' own.</param>
    public static async Task<(int Code, string Output, string Error)> RunAsync(string program, string input, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Start(start);
        var stop = TestContext.Current.CancellationToken;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(stop);
        return (process.ExitCode, await output, await error);
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
