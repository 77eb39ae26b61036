namespace Inheritune.Tests;

/// <summary>The repository that the tests were built from.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    /// <summary>Folder of the scripts that start real parts.</summary>
    public static string Infrastructure { get; } = File("tests/infra");

    /// <summary>Path of a file of the repository.</summary>
    public static string File(string name) => Path.Combine(Root, name);

    /// <summary>A program where its own build put it: beside the tests it would lack what they take from the shared framework of ASP.NET.</summary>
    public static string Program(string project, string assembly) => File($"{project}/bin/{new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name}/net10.0/{assembly}.dll");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Inheritune.Operator.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"No checkout of Inheritune.Operator above {AppContext.BaseDirectory}.");
    }
}
