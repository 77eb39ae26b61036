using System.CommandLine;

namespace Inheritune.Benchmarks.Storage;

/// <summary><c>storage</c>: models to and from an object store, against rclone.</summary>
internal sealed class StorageCommand : Command
{
    private readonly Option<int> _rounds = AtLeast(1, new("--rounds") { Description = "how often each is measured; the table shows medians", DefaultValueFactory = _ => 5 });

    private readonly Option<int> _megabytes = AtLeast(60, new("--megabytes") { Description = "size of the checkpoint", DefaultValueFactory = _ => 512 });

    private readonly Option<int> _patience = AtLeast(1, new("--patience") { Description = "seconds to wait for a quiet machine before each measurement", DefaultValueFactory = _ => 20 });

    public StorageCommand()
        : base("storage", """
            Pulls and pushes a GPT-2-shaped checkpoint of one file, in turns with rclone, and prints medians.

            Pulling ours is a process that reads the weights from the object store into a model in memory and makes their SHA-256; pulling
            with rclone is a copy to a local file. Once the whole model is pulled, once half of its layers, for which rclone has to copy the
            whole file. Pushing is from a local file. Ratios are rclone's time by ours: above 1 we are faster; of the whole
            process, of the process without the time in which it loads libtorch, which rclone has nothing like, and of the transfer, which is from
            the first request to the last byte in its place.

            rclone runs with its defaults: it compares the MD5 of what it fetched if it uploaded the object itself; "unchecked" is without that,
            as for objects that came from elsewhere.

            Uses the server that INHERITUNE_TEST_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY name, else starts a Ceph gateway with its objects in
            memory. Needs rclone and, for the gateway, some Debian packages: both are installed when this runs as root. Takes some minutes, 3 GB of memory
            for 512 MB, and twice the size on the disk of the temporary folder.
            """)
    {
        Add(_rounds);
        Add(_megabytes);
        Add(_patience);
        SetAction(arguments => StorageBenchmark.Run(arguments.GetValue(_rounds), arguments.GetValue(_megabytes), TimeSpan.FromSeconds(arguments.GetValue(_patience))));
    }

    private static Option<int> AtLeast(int least, Option<int> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && value < least) result.AddError($"{option.Name}: '{value}' must be at least {least}");
        });
        return option;
    }
}
