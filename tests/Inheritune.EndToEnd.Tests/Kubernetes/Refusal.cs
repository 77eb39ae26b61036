namespace Inheritune.EndToEnd.Tests.Kubernetes;

/// <summary>One reason why an API server refused an object.</summary>
/// <param name="Field">Path of the field that it blames; empty where it names none.</param>
/// <param name="Message">What it says.</param>
public sealed record Refusal(string Field, string Message);
